import { useEffect, useRef, useState } from "react";
import { asCallError } from "../http/call-error.js";
import type { Upload } from "../http/desk-calls.js";
import { Button } from "../parts/button.js";
import { useToast } from "../parts/toasts.js";
import { words } from "../words/en.js";
import type { CustomerDesk } from "./customer-desk.js";

export interface CaseComposerProps {
  desk: CustomerDesk;
  isBusy: boolean;
  /** false: it was not taken, and stays. */
  onSay: (text: string, file: Upload | null) => Promise<boolean>;
  onTyping: () => void;
}

const text = words.chat;

/** Where a customer writes: Enter sends, Shift Enter is a new line. */
export function CaseComposer({ desk, isBusy, onSay, onTyping }: CaseComposerProps) {
  const say = useToast();
  const [draft, setDraft] = useState("");
  const [file, setFile] = useState<Upload | null>(null);
  const [uploading, setUploading] = useState<string | null>(null);
  const fileInput = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  // Sent while its file is still on its way, it goes when the file is there.
  const isDue = useRef(false);
  const canSend = (draft.trim() !== "" || file !== null) && !isBusy && uploading === null;
  const send = async () => {
    if (uploading !== null) isDue.current = true;
    if (!canSend) return;
    if (!(await onSay(draft.trim(), file))) return;
    setDraft("");
    setFile(null);
    box.current?.focus();
  };
  const upload = async (chosen: File | undefined) => {
    if (!chosen) return;
    setUploading(chosen.name);
    try {
      setFile(await desk.calls.upload(chosen, chosen.name));
    } catch (error) {
      isDue.current = false;
      say(words.fault(asCallError(error).message), true);
    }
    setUploading(null);
    box.current?.focus();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for once, when the file is there
  useEffect(() => {
    if (uploading !== null || !isDue.current) return;
    isDue.current = false;
    void send();
  }, [uploading]);
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {(file || uploading) && (
        <p className="chosen-file">
          {file ? (
            <>
              {file.name}
              <Button
                kind="quiet"
                icon="close"
                label={words.composer.removeFile(file.name)}
                onClick={() => setFile(null)}
              />
            </>
          ) : (
            words.composer.uploading(uploading ?? "")
          )}
        </p>
      )}
      <div className="composer-line">
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
        <Button kind="quiet" icon="clip" label={words.composer.attach} onClick={() => fileInput.current?.click()} />
        <textarea
          ref={box}
          rows={1}
          aria-label={text.write}
          placeholder={text.write}
          value={draft}
          maxLength={10_000}
          onChange={(event) => {
            setDraft(event.target.value);
            onTyping();
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            void send();
          }}
        />
        <Button kind="primary" type="submit" icon="send" label={text.send} disabled={!canSend} />
      </div>
    </form>
  );
}
