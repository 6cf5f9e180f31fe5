import { words } from "../words/en.js";
import { Button } from "./button.js";
import { FaultNotice } from "./fault-notice.js";

export interface FormEndProps {
  /** What the button that sends the form says. */
  submit: string;
  onCancel: () => void;
  isBusy?: boolean;
  /** Why it was not taken, as a sentence. */
  fault?: string | null;
}

/** The end of a dialog's form: what was wrong with it, a way out, and the button that sends it. */
export function FormEnd({ submit, onCancel, isBusy = false, fault = null }: FormEndProps) {
  return (
    <>
      <FaultNotice said={fault} />
      <div className="form-acts">
        <Button kind="quiet" onClick={onCancel}>
          {words.cancel}
        </Button>
        <Button kind="primary" type="submit" disabled={isBusy}>
          {submit}
        </Button>
      </div>
    </>
  );
}
