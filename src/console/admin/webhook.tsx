import { type FormEvent, useCallback, useEffect, useState } from "react";
import type { z } from "zod";
import type { newWebhookSchema, WebhookView, webhookReplayedSchema } from "../../contract/http/webhooks.js";
import { asCallError } from "../http/call-error.js";
import { Button } from "../parts/button.js";
import { FaultNotice } from "../parts/fault-notice.js";
import { FormEnd } from "../parts/form-end.js";
import { Icon } from "../parts/icon.js";
import { Modal } from "../parts/modal.js";
import { Ago } from "../parts/time.js";
import { useToast } from "../parts/toasts.js";
import { useDesk } from "../screens/desk-context.js";
import { words } from "../words/en.js";
import { DeliveryTable } from "./deliveries.js";
import { SecretOnce } from "./secret-once.js";

const text = words.admin;

/** One webhook: how it stands, what was sent there, and a test, a new secret and what it missed. */
export function Webhook({ id }: { id: number }) {
  const { http, options } = useDesk();
  const say = useToast();
  const [webhook, setWebhook] = useState<WebhookView | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [asked, setAsked] = useState<"rotate" | "replay" | null>(null);
  const [turn, setTurn] = useState(0);
  const path = `/api/webhooks/${id}/`;

  const load = useCallback(async () => {
    try {
      setWebhook(await http.call<WebhookView>("GET", path));
      setFault(null);
    } catch (error) {
      setFault(asCallError(error).message);
    }
  }, [http, path]);
  useEffect(() => void load(), [load]);

  const act = async (run: () => Promise<void>) => {
    setAsked(null);
    try {
      await run();
    } catch (error) {
      say(words.fault(asCallError(error).message), true);
    }
    setTurn((known) => known + 1);
    await load();
  };
  const post = <T,>(verb: string, body: unknown = {}) =>
    http.call<T>("POST", `${path}${verb}/`, { body, key: options.newKey() });
  const test = () =>
    act(async () => {
      await post("test");
      say(text.tested);
    });
  const rotate = () =>
    act(async () => setSecret((await post<z.infer<typeof newWebhookSchema>>("rotate-secret")).secret));
  const replay = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const since = Number(new FormData(event.currentTarget).get("since") ?? 0);
    void act(async () => {
      const { replayed, complete } = await post<z.infer<typeof webhookReplayedSchema>>("replay", { since });
      say(text.replayed(replayed, complete));
    });
  };

  return (
    <section>
      <div className="admin-head">
        <h2>
          <a className="button quiet bare" href="#/admin/webhooks" aria-label={text.backTo(text.webhooks)}>
            <Icon name="back" />
          </a>{" "}
          {webhook?.name || webhook?.url || text.webhooks}
        </h2>
        <span className="admin-filters">
          <Button onClick={() => void act(async () => undefined)}>{text.refresh}</Button>
          <Button onClick={() => setAsked("replay")}>{text.replay}</Button>
          <Button onClick={() => setAsked("rotate")}>{text.rotate}</Button>
          <Button kind="primary" onClick={() => void test()}>
            {text.test}
          </Button>
        </span>
      </div>
      <FaultNotice fault={fault} />
      {webhook && <Standing webhook={webhook} />}
      <h3 className="admin-sub">{text.recent}</h3>
      <DeliveryTable key={turn} title={text.recent} query={{ webhook_id: String(id) }} />
      {asked === "rotate" && (
        <Modal title={text.rotate} onClose={() => setAsked(null)}>
          <p>{text.rotateHint}</p>
          <div className="form-acts">
            <Button onClick={() => setAsked(null)}>{words.cancel}</Button>
            <Button kind="primary" onClick={() => void rotate()}>
              {text.rotate}
            </Button>
          </div>
        </Modal>
      )}
      {asked === "replay" && (
        <Modal title={text.replay} onClose={() => setAsked(null)}>
          <form className="form" onSubmit={replay}>
            <p>{text.replayHint}</p>
            <label>
              <span className="field-name">{text.since}</span>
              <input name="since" type="number" min={0} required defaultValue={webhook?.position ?? 0} />
            </label>
            <FormEnd submit={text.replay} onCancel={() => setAsked(null)} />
          </form>
        </Modal>
      )}
      {secret !== null && <SecretOnce secret={secret} onClose={() => setSecret(null)} />}
    </section>
  );
}

function Standing({ webhook }: { webhook: WebhookView }) {
  const at = (time: string | null) => (time === null ? words.customer.unknown : <Ago at={Date.parse(time)} />);
  const { url, events, enabled, disabled_reason, circuit, failures, position, last_sent_at, last_failed_at } = webhook;
  return (
    <dl className="standing-list">
      <dt>{text.url}</dt>
      <dd>
        <code>{url}</code>
      </dd>
      <dt>{text.enabled}</dt>
      <dd>{enabled ? text.yes : text.no}</dd>
      {disabled_reason !== null && (
        <>
          <dt>{text.disabledBecause}</dt>
          <dd>{disabled_reason}</dd>
        </>
      )}
      <dt>{text.events}</dt>
      <dd>{events.length === 0 ? text.noEvents : events.join(", ")}</dd>
      <dt>{text.circuit}</dt>
      <dd>{circuit}</dd>
      <dt>{text.failures}</dt>
      <dd>{failures}</dd>
      <dt>{text.lastSent}</dt>
      <dd>{at(last_sent_at)}</dd>
      <dt>{text.lastFailed}</dt>
      <dd>{at(last_failed_at)}</dd>
      <dt>{text.position}</dt>
      <dd>{position}</dd>
    </dl>
  );
}
