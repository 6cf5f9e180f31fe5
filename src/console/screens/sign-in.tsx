import { type FormEvent, useEffect, useState } from "react";
import type { z } from "zod";
import type { demoPeopleSchema } from "../../contract/http/auth.js";
import type { Session } from "../http/session.js";
import { AccountFields } from "../parts/account-fields.js";
import { Button } from "../parts/button.js";
import { FaultNotice } from "../parts/fault-notice.js";
import { useAttempt } from "../parts/use-attempt.js";
import { words } from "../words/en.js";

type DemoPeople = z.infer<typeof demoPeopleSchema>;
const text = words.signIn;
const labels = { email: text.email, password: text.password };

/** Signing in: by one click in the demo, by e-mail and password everywhere. */
export function SignIn({ session, isCustomer }: { session: Session; isCustomer: boolean }) {
  const [people, setPeople] = useState<DemoPeople["people"]>([]);
  const { fault, isBusy, attempt } = useAttempt();

  useEffect(() => {
    fetch("/api/auth/demo/")
      .then((answer) => answer.json() as Promise<DemoPeople>)
      .then((demo) => setPeople(demo.people.filter(({ role }) => role !== "customer")))
      .catch(() => undefined);
  }, []);

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void attempt(() => session.signIn(String(form.get("email")), String(form.get("password"))));
  };

  return (
    <main className="sign-in">
      <div className="card">
        <img src={new URL("../style/icon.svg", import.meta.url).href} alt="" width="40" height="40" />
        <h1>{words.product}</h1>
        {isCustomer && (
          <p className="notice" role="alert">
            {text.notStaff}
          </p>
        )}
        {people.length > 0 && (
          <section className="demo">
            <p>{text.demo}</p>
            <div className="demo-people">
              {people.map(({ id, name, role }) => (
                <Button
                  key={id}
                  disabled={isBusy}
                  aria-label={text.as(name)}
                  onClick={() => void attempt(() => session.signInDemo(id))}
                >
                  {name}
                  {role === "admin" && name.toLowerCase() !== "admin" && (
                    <span className="muted">{words.roles.admin}</span>
                  )}
                </Button>
              ))}
            </div>
            <p className="muted rule">{text.withPassword}</p>
          </section>
        )}
        <form onSubmit={onSubmit}>
          <AccountFields isNew={false} labels={labels} />
          <FaultNotice fault={fault} />
          <Button kind="primary" type="submit" disabled={isBusy}>
            {text.submit}
          </Button>
        </form>
      </div>
    </main>
  );
}
