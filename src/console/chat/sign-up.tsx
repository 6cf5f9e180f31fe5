import type { Session } from "../http/session.js";
import { AccountFields } from "../parts/account-fields.js";
import { Button } from "../parts/button.js";
import { FaultNotice } from "../parts/fault-notice.js";
import { words } from "../words/en.js";
import { useAccountForm } from "./use-account-form.js";

const text = words.chat;
const labels = { name: text.name, email: words.signIn.email, password: words.signIn.password };

/** Making an account, or signing in to it; by one click in the demo. */
export function SignUp({ session }: { session: Session }) {
  const { demo, isNew, setNew, fault, isBusy, attempt, onSubmit } = useAccountForm({
    account: session,
    startsNew: true,
  });
  const customers = (demo?.people ?? []).filter(({ role }) => role === "customer");
  return (
    <main className="sign-in">
      <div className="card">
        <h1>{text.welcome}</h1>
        <p className="muted">{text.hint}</p>
        {customers.map(({ id, name }) => (
          <Button key={id} disabled={isBusy} onClick={() => void attempt(() => session.signInDemo(id))}>
            {words.signIn.as(name)}
          </Button>
        ))}
        <form onSubmit={onSubmit}>
          <AccountFields isNew={isNew} labels={labels} />
          <FaultNotice fault={fault} />
          <Button kind="primary" type="submit" disabled={isBusy}>
            {isNew ? text.signUp : words.signIn.submit}
          </Button>
          {(demo?.registration ?? true) && (
            <Button kind="quiet" onClick={() => setNew(!isNew)}>
              {isNew ? text.haveAccount : text.noAccount}
            </Button>
          )}
        </form>
      </div>
    </main>
  );
}
