import { type FormEvent, useEffect, useState } from "react";
import type { z } from "zod";
import type { demoPeopleSchema } from "../../contract/http/auth.js";
import { type Attempt, useAttempt } from "../parts/use-attempt.js";

type DemoPeople = z.infer<typeof demoPeopleSchema>;

export interface AccountFormOptions {
  /** Where the desk is; empty: where the page came from. */
  base?: string;
  account: {
    register(name: string, email: string, password: string): Promise<void>;
    signIn(email: string, password: string): Promise<void>;
  };
  /** It begins with making an account, where the desk lets customers do that. */
  startsNew: boolean;
}

export interface AccountForm extends Attempt {
  /** What the desk says of its demo and of registration; null: nothing yet. */
  demo: DemoPeople | null;
  isNew: boolean;
  setNew: (isNew: boolean) => void;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
}

/** What a form knows by which customers sign in to their account, or make one. */
export function useAccountForm({ base = "", account, startsNew }: AccountFormOptions): AccountForm {
  const [demo, setDemo] = useState<DemoPeople | null>(null);
  const [isNew, setNew] = useState(startsNew);
  const { fault, isBusy, attempt } = useAttempt();
  useEffect(() => {
    fetch(`${base}/api/auth/demo/`)
      .then((answer) => answer.json() as Promise<DemoPeople>)
      .then((known) => {
        setDemo(known);
        if (!known.registration) setNew(false);
      })
      .catch(() => undefined);
  }, [base]);
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const field = (name: string) => String(form.get(name) ?? "");
    const [name, email, password] = [field("name"), field("email"), field("password")];
    void attempt(() => (isNew ? account.register(name, email, password) : account.signIn(email, password)));
  };
  return { demo, isNew, setNew, fault, isBusy, attempt, onSubmit };
}
