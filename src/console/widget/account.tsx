import { useAccountForm } from "../chat/use-account-form.js";
import { AccountFields } from "../parts/account-fields.js";
import { Button } from "../parts/button.js";
import { words } from "../words/en-widget.js";
import type { WidgetDesk } from "./widget-desk.js";

/** Signing in to an account, or making one, where the desk lets customers do that. */
export function Account({ desk, base }: { desk: WidgetDesk; base: string }) {
  const { demo, isNew, setNew, fault, isBusy, onSubmit } = useAccountForm({ base, account: desk, startsNew: false });
  return (
    <form className="talk account" onSubmit={onSubmit}>
      <p className="muted">{words.accountHint}</p>
      <AccountFields isNew={isNew} labels={words} />
      {fault !== null && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      <Button kind="primary" type="submit" disabled={isBusy}>
        {isNew ? words.signUp : words.signIn}
      </Button>
      {demo?.registration && (
        <Button kind="quiet" onClick={() => setNew(!isNew)}>
          {isNew ? words.signInInstead : words.signUpInstead}
        </Button>
      )}
    </form>
  );
}
