import {
  lazy,
  type RefObject,
  Suspense,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import type { Draft } from "../desk/drafts.js";
import type { TicketSession } from "../desk/ticket-session.js";
import { asCallError } from "../http/call-error.js";
import type { Upload } from "../http/desk-calls.js";
import { Button } from "../parts/button.js";
import { useToast } from "../parts/toasts.js";
import { nameOfKey } from "../parts/use-hotkeys.js";
import { words } from "../words/en.js";
import { useCommands } from "./command-context.js";

const CannedDialog = lazy(() => import("./canned-dialog.js"));

export interface ComposerProps {
  session: TicketSession;
  handle: RefObject<{ focus: (isNote: boolean) => void } | null>;
}

const text = words.composer;

/** Where a reply or a note is written. Answering a ticket that waits claims it; whatever happens to that, the text stays. */
export function Composer({ session, handle }: ComposerProps) {
  const { desk, id, standing, detail, isMine } = session;
  const say = useToast();
  const [draft, setDraft] = useState<Draft>(() => desk.drafts.read(id));
  const [file, setFile] = useState<Upload | null>(null);
  const [uploading, setUploading] = useState<string | null>(null);
  const [isPicking, setPicking] = useState(false);
  const [isClaiming, setClaiming] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const fileInput = useRef<HTMLInputElement>(null);

  const write = (next: Draft) => {
    setDraft(next);
    desk.drafts.write(id, next);
  };
  useEffect(() => desk.onRedraft(id, () => setDraft(desk.drafts.read(id))), [desk, id]);
  useImperativeHandle(handle, () => ({
    focus: (isNote) => {
      write({ ...desk.drafts.read(id), isNote });
      requestAnimationFrame(() => box.current?.focus());
    },
  }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the field is as high as its text
  useLayoutEffect(() => {
    const field = box.current;
    if (!field) return;
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight + 2, window.innerHeight * 0.4)}px`;
  }, [draft.text]);

  const isFree = standing?.status === "unassigned";
  const isClosed = standing?.status === "closed";
  const mayReply = isMine || (isFree && desk.isAgent);
  const { isNote } = draft;
  const canSend = (draft.text.trim() !== "" || (file !== null && !isNote)) && (isNote || mayReply) && !isClaiming;
  const name = detail?.customer.name || detail?.user_id || "";

  // Sent while its file is still on its way, it goes when the file is there.
  const due = useRef<{ keepOpen: boolean } | null>(null);
  const send = async (keepOpen: boolean) => {
    if (uploading !== null) due.current = { keepOpen };
    if (!canSend || !detail || uploading !== null) return;
    const said = draft;
    if (!isNote && !isMine) {
      setClaiming(true);
      const { outcome } = await session.claim();
      setClaiming(false);
      if (outcome !== "claimed") return;
    }
    const version = session.standing?.version ?? detail.version;
    const isCanned = said.canned !== null && said.canned.text === said.text && !isNote && !file;
    desk.outgoing.send({
      ticketId: id,
      conversationId: detail.conversation_id,
      kind: isNote ? "note" : "reply",
      text: said.text.trim(),
      version,
      keepOpen,
      cannedId: isCanned ? (said.canned?.id ?? null) : null,
      attachment: file && !isNote ? { id: file.id, name: file.name } : null,
    });
    if (!isNote) setFile(null);
    write({ text: "", isNote: false, canned: null });
    session.stoppedTyping();
  };

  const upload = async (chosen: File | undefined) => {
    if (!chosen) return;
    setUploading(chosen.name);
    try {
      setFile(await desk.calls.upload(chosen, chosen.name));
    } catch (error) {
      due.current = null;
      say(words.fault(asCallError(error).message), true);
    }
    setUploading(null);
    box.current?.focus();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for once, when the file is there
  useEffect(() => {
    const waiting = due.current;
    if (uploading !== null || waiting === null) return;
    due.current = null;
    void send(waiting.keepOpen);
  }, [uploading]);

  const pick = (canned: { id: number; text: string }) => {
    setPicking(false);
    const empty = draft.text.trim() === "" || draft.text === "/";
    const joined = empty ? canned.text : `${draft.text.trimEnd()} ${canned.text}`;
    write({ ...draft, text: joined, canned: empty ? canned : null });
    requestAnimationFrame(() => box.current?.focus());
  };
  useCommands([{ id: "canned", label: words.keys.canned, icon: "bolt", run: () => setPicking(true) }]);

  const placeholder = isNote
    ? text.notePlaceholder
    : isClosed
      ? text.closedPlaceholder
      : isFree
        ? text.claimPlaceholder(name)
        : isMine
          ? text.placeholder(name)
          : text.othersPlaceholder(desk.nameOf(standing?.assignedTo ?? null));

  return (
    <form
      className={`composer ${isNote ? "is-note" : ""}`}
      onSubmit={(event) => {
        event.preventDefault();
        void send(false);
      }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void upload(event.dataTransfer.files[0]);
      }}
    >
      <fieldset className="composer-modes">
        <legend className="visually-hidden">{text.mode}</legend>
        <Button kind="quiet" aria-pressed={!isNote} onClick={() => write({ ...draft, isNote: false })} shortcut="R">
          {text.reply}
        </Button>
        <Button kind="quiet" aria-pressed={isNote} onClick={() => write({ ...draft, isNote: true })} shortcut="N">
          {text.note}
        </Button>
      </fieldset>
      <textarea
        ref={box}
        rows={2}
        aria-label={isNote ? text.noteLabel : text.label}
        placeholder={placeholder}
        value={draft.text}
        maxLength={10_000}
        onChange={(event) => {
          write({ ...draft, text: event.target.value });
          if (event.target.value === "/" && !isNote) setPicking(true);
          else session.typing(isNote);
        }}
        onBlur={() => session.stoppedTyping()}
        onPaste={(event) => {
          const [pasted] = event.clipboardData.files;
          if (!pasted) return;
          event.preventDefault();
          void upload(pasted);
        }}
        onKeyDown={(event) => {
          const key = nameOfKey(event);
          if (key === "ctrl+enter" || key === "ctrl+shift+enter") {
            event.preventDefault();
            void send(key === "ctrl+shift+enter");
          } else if (key === "escape") {
            event.stopPropagation();
            box.current?.blur();
            document.getElementById("main")?.focus();
          }
        }}
      />
      {(file || uploading) && (
        <p className="chosen-file">
          {file ? (
            <>
              {file.name}
              <Button kind="quiet" icon="close" label={text.removeFile(file.name)} onClick={() => setFile(null)} />
            </>
          ) : (
            text.uploading(uploading ?? "")
          )}
        </p>
      )}
      <div className="composer-acts">
        <input
          ref={fileInput}
          type="file"
          className="visually-hidden"
          tabIndex={-1}
          aria-hidden="true"
          onChange={(event) => {
            void upload(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
        {!isNote && (
          <>
            <Button
              kind="quiet"
              icon="clip"
              label={text.attach}
              disabled={!mayReply}
              onClick={() => fileInput.current?.click()}
            />
            <Button kind="quiet" icon="bolt" label={text.canned} shortcut="/" onClick={() => setPicking(true)} />
          </>
        )}
        <span className="grow" />
        {isNote ? (
          <Button kind="primary" type="submit" disabled={!canSend} shortcut="Ctrl Enter">
            {text.addNote}
          </Button>
        ) : (
          <>
            <Button disabled={!canSend} shortcut="Ctrl Shift Enter" onClick={() => void send(true)}>
              {text.sendOpen}
            </Button>
            <Button kind="primary" type="submit" disabled={!canSend} shortcut="Ctrl Enter">
              {isFree ? text.claimAndSend : text.send}
            </Button>
          </>
        )}
      </div>
      <Suspense>
        {isPicking && <CannedDialog session={session} onClose={() => setPicking(false)} onPick={pick} />}
      </Suspense>
    </form>
  );
}
