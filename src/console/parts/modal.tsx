import { Dialog } from "@base-ui/react/dialog";
import { type ReactNode, useRef } from "react";
import { words } from "../words/en.js";
import { Icon } from "./icon.js";

export interface ModalProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Wider, for what holds a list. */
  size?: "small" | "wide";
  /** The title is for screen readers alone. */
  hidesTitle?: boolean;
}

/** A dialog over the page: it holds the focus, Escape closes it, and the focus returns to where it was. */
export function Modal({ title, onClose, children, size = "small", hidesTitle = false }: ModalProps) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup ref={popup} className={`modal ${size}`} initialFocus={() => firstField(popup.current)}>
          <div className={hidesTitle ? "visually-hidden" : "modal-head"}>
            <Dialog.Title>{title}</Dialog.Title>
            <Dialog.Close className="button quiet bare" aria-label={words.close}>
              <Icon name="close" />
            </Dialog.Close>
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** What is to be written is written at once; a dialog without a field starts at its first button. */
function firstField(popup: HTMLElement | null): HTMLElement | true {
  return popup?.querySelector<HTMLElement>("input, select, textarea") ?? true;
}
