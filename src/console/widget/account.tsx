import { type FormEvent, useEffect, useState } from "react";
import type { z } from "zod";
import type { demoPeopleSchema } from "../../contract/http/auth.js";
import { asCallError } from "../http/call-error.js";
import { Button } from "../parts/button.js";
import { words } from "../words/en-widget.js";
import type { WidgetDesk } from "./widget-desk.js";

/** Signing in to an account, or making one, where the desk lets customers do that. */
export function Account({ desk, base }: { desk: WidgetDesk; base: string }) {
  const [mayRegister, setMayRegister] = useState(false);
  const [isNew, setNew] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    fetch(`${base}/api/auth/demo/`)
      .then((answer) => answer.json() as Promise<z.infer<typeof demoPeopleSchema>>)
      .then(({ registration }) => setMayRegister(registration))
      .catch(() => undefined);
  }, [base]);
  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [name = "", email = "", password = ""] = ["name", "email", "password"].map((field) =>
      String(form.get(field) ?? ""),
    );
    setBusy(true);
    setFault(null);
    try {
      await (isNew ? desk.register(name, email, password) : desk.signIn(email, password));
    } catch (error) {
      setFault(asCallError(error).message);
    }
    setBusy(false);
  };
  return (
    <form className="talk account" onSubmit={(event) => void onSubmit(event)}>
      <p className="muted">{words.accountHint}</p>
      {isNew && (
        <label>
          {words.name}
          <input name="name" autoComplete="name" required maxLength={200} />
        </label>
      )}
      <label>
        {words.email}
        <input name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        {words.password}
        <input
          name="password"
          type="password"
          autoComplete={isNew ? "new-password" : "current-password"}
          minLength={isNew ? 8 : 1}
          required
        />
      </label>
      {fault !== null && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      <Button kind="primary" type="submit" disabled={isBusy}>
        {isNew ? words.signUp : words.signIn}
      </Button>
      {mayRegister && (
        <Button kind="quiet" onClick={() => setNew(!isNew)}>
          {isNew ? words.signInInstead : words.signUpInstead}
        </Button>
      )}
    </form>
  );
}
