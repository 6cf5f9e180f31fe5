import { type FormEvent, useEffect, useState } from "react";
import type { z } from "zod";
import type { demoPeopleSchema } from "../../contract/http/auth.js";
import { asCallError } from "../http/call-error.js";
import type { Session } from "../http/session.js";
import { Button } from "../parts/button.js";
import { FaultNotice } from "../parts/fault-notice.js";
import { words } from "../words/en.js";

const text = words.chat;
type DemoPeople = z.infer<typeof demoPeopleSchema>;

/** Making an account, or signing in to it; by one click in the demo. */
export function SignUp({ session }: { session: Session }) {
  const [demo, setDemo] = useState<DemoPeople | null>(null);
  const [isNew, setNew] = useState(true);
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    fetch("/api/auth/demo/")
      .then((answer) => answer.json() as Promise<DemoPeople>)
      .then((known) => {
        setDemo(known);
        setNew(known.registration);
      })
      .catch(() => undefined);
  }, []);
  const attempt = async (run: () => Promise<void>) => {
    setBusy(true);
    setFault(null);
    try {
      await run();
    } catch (error) {
      setFault(asCallError(error).message);
      setBusy(false);
    }
  };
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [name, email, password] = ["name", "email", "password"].map((field) => String(form.get(field) ?? ""));
    void attempt(() =>
      isNew ? session.register(name ?? "", email ?? "", password ?? "") : session.signIn(email ?? "", password ?? ""),
    );
  };
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
          {isNew && (
            <label>
              {text.name}
              <input name="name" autoComplete="name" required maxLength={200} />
            </label>
          )}
          <label>
            {words.signIn.email}
            <input name="email" type="email" autoComplete="username" required />
          </label>
          <label>
            {words.signIn.password}
            <input
              name="password"
              type="password"
              autoComplete={isNew ? "new-password" : "current-password"}
              minLength={isNew ? 8 : 1}
              required
            />
          </label>
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
