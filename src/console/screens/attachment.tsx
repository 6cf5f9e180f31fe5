import { useState } from "react";
import type { ChatMessage } from "../../contract/events.js";
import { asCallError } from "../http/call-error.js";
import type { DeskCalls } from "../http/desk-calls.js";
import { Icon } from "../parts/icon.js";
import { useToast } from "../parts/toasts.js";
import { words } from "../words/en.js";

/** A size as people read it. */
export function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1_048_576 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}

export interface AttachmentProps {
  attachment: NonNullable<ChatMessage["attachment"]>;
  calls: Pick<DeskCalls, "address" | "download">;
}

/** A file: a picture is shown, and asked for anew when its address has run out; anything else is a card. */
export function Attachment({ attachment, calls }: AttachmentProps) {
  const { id, name, size, type } = attachment;
  const isPicture = type.startsWith("image/");
  const [url, setUrl] = useState(attachment.url);
  const [isRenewed, setRenewed] = useState(false);
  const say = useToast();
  const renew = () => {
    if (isRenewed) return;
    setRenewed(true);
    calls.address(id).then(
      (fresh) => setUrl(fresh.url),
      (error: unknown) => say(words.fault(asCallError(error).message), true),
    );
  };
  if (isPicture) {
    return (
      <a className="picture" href={url} target="_blank" rel="noopener noreferrer">
        <img src={url} alt={name} loading="lazy" onError={renew} />
      </a>
    );
  }
  return <FileCard name={name} size={size} type={type} fetchBytes={() => calls.download(id)} />;
}

interface FileCardProps {
  name: string;
  size: number;
  type: string;
  fetchBytes: () => Promise<Blob>;
}

function FileCard({ name, size, type, fetchBytes }: FileCardProps) {
  const say = useToast();
  const open = async () => {
    try {
      const bytes = await fetchBytes();
      const address = URL.createObjectURL(bytes);
      const link = document.createElement("a");
      link.href = address;
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch (error) {
      say(words.fault(asCallError(error).message), true);
    }
  };
  return (
    <button type="button" className="file-card" onClick={() => void open()}>
      <Icon name="file" size={20} />
      <span className="grow">{name}</span>
      <span className="muted">
        {type.split("/")[1]?.toUpperCase()} {sizeOf(size)}
      </span>
    </button>
  );
}
