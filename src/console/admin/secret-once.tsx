import { Modal } from "../parts/modal.js";
import { words } from "../words/en.js";

const text = words.admin;

/** A secret that the desk shows this once. */
export function SecretOnce({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Modal title={text.secret} onClose={onClose}>
      <p>{text.secretHint}</p>
      <input readOnly aria-label={text.secret} value={secret} onFocus={(event) => event.target.select()} />
    </Modal>
  );
}
