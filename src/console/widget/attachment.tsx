import { useEffect, useState } from "react";
import type { ChatMessage } from "../../contract/events.js";
import type { CustomerCalls } from "../chat/customer-calls.js";
import { Icon } from "../parts/icon.js";
import { words } from "../words/en-widget.js";

export interface AttachmentProps {
  attachment: NonNullable<ChatMessage["attachment"]>;
  calls: Pick<CustomerCalls, "download">;
}

/**
 * A file: a picture is shown, anything else is a card to save it by. The desk shows its pictures to no other site's page,
 * so that their bytes are fetched; where the page's own policy shows no `blob:`, a picture is a card as well.
 */
export function Attachment({ attachment, calls }: AttachmentProps) {
  const { id, name, type } = attachment;
  const [url, setUrl] = useState<string | null>(null);
  const [isCard, setCard] = useState(!type.startsWith("image/"));
  useEffect(() => {
    if (isCard) return;
    let made: string | null = null;
    let isGone = false;
    calls.download(id).then(
      (bytes) => {
        if (isGone) return;
        made = URL.createObjectURL(bytes);
        setUrl(made);
      },
      () => setCard(true),
    );
    return () => {
      isGone = true;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [id, isCard, calls]);
  if (isCard) return <FileCard attachment={attachment} calls={calls} />;
  if (url === null) return <div className="picture" role="img" aria-label={name} />;
  return (
    <a className="picture" href={url} target="_blank" rel="noopener noreferrer" download={name}>
      <img src={url} alt={name} onError={() => setCard(true)} />
    </a>
  );
}

function FileCard({ attachment: { id, name }, calls }: AttachmentProps) {
  const [fault, setFault] = useState<string | null>(null);
  const save = async () => {
    try {
      const address = URL.createObjectURL(await calls.download(id));
      const link = document.createElement("a");
      link.href = address;
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
      setFault(null);
    } catch (error) {
      setFault(words.fault(error instanceof Error ? error.message : String(error)));
    }
  };
  return (
    <>
      <button type="button" className="file-card" onClick={() => void save()}>
        <Icon name="file" size={18} />
        <span>{name}</span>
      </button>
      {fault !== null && <p role="alert">{fault}</p>}
    </>
  );
}
