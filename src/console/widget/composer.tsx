import { useEffect, useRef, useState } from "react";
import { asCallError } from "../http/call-error.js";
import type { Upload } from "../http/desk-calls.js";
import { Button } from "../parts/button.js";
import { words } from "../words/en-widget.js";
import { isComposing } from "./is-composing.js";
import type { WidgetDesk } from "./widget-desk.js";

/** Where a customer writes: Enter sends, Shift Enter is a new line; a file is chosen, or pasted. */
export function Composer({ desk }: { desk: WidgetDesk }) {
  const [draft, setDraft] = useState("");
  const [file, setFile] = useState<Upload | null>(null);
  const [uploading, setUploading] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const fileInput = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const canSend = (draft.trim() !== "" || file !== null) && uploading === null;
  const isBegun = desk.talk !== null || desk.opening.length > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a prompt that was chosen is gone, and the focus with it
  useEffect(() => box.current?.focus(), [isBegun]);
  // Sent while its file is still on its way, it goes when the file is there.
  const isDue = useRef(false);
  const send = () => {
    if (uploading !== null) isDue.current = true;
    if (!canSend) return;
    desk.say(draft.trim(), file);
    setDraft("");
    setFile(null);
    box.current?.focus();
  };
  const upload = async (chosen: File | undefined) => {
    if (!chosen || !desk.desk) return;
    setUploading(chosen.name);
    setFault(null);
    try {
      setFile(await desk.desk.calls.upload(chosen, chosen.name));
    } catch (error) {
      isDue.current = false;
      const failed = asCallError(error);
      setFault(failed.status === 0 ? words.away : words.fault(failed.message));
    }
    setUploading(null);
    box.current?.focus();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for once, when the file is there
  useEffect(() => {
    if (uploading !== null || !isDue.current) return;
    isDue.current = false;
    send();
  }, [uploading]);
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div role="alert">{fault !== null && <p className="fault">{fault}</p>}</div>
      {(file || uploading !== null) && (
        <p className="chosen">
          <span>{file ? file.name : words.uploading(uploading ?? "")}</span>
          {file && (
            <Button kind="quiet" icon="close" label={words.removeFile(file.name)} onClick={() => setFile(null)} />
          )}
        </p>
      )}
      <div className="line">
        <input
          ref={fileInput}
          type="file"
          hidden
          onChange={({ currentTarget: input }) => {
            void upload(input.files?.[0]);
            input.value = "";
          }}
        />
        <Button
          kind="quiet"
          icon="clip"
          label={words.attach}
          disabled={!desk.desk || uploading !== null}
          onClick={() => fileInput.current?.click()}
        />
        <textarea
          ref={box}
          rows={1}
          aria-label={words.write}
          placeholder={words.write}
          value={draft}
          maxLength={10_000}
          onInput={({ currentTarget: { value } }) => {
            setDraft(value);
            desk.talk?.typing();
          }}
          onPaste={(event) => {
            const [pasted] = event.clipboardData?.files ?? [];
            if (!pasted) return;
            event.preventDefault();
            void upload(pasted);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || isComposing(event)) return;
            event.preventDefault();
            send();
          }}
        />
        <Button kind="primary" type="submit" icon="send" label={words.send} disabled={!canSend} />
      </div>
    </form>
  );
}
