import type { MakeFixture } from "./fixtures.js";
import type { Ground } from "./ground.js";

/** An address that nobody has, at a port that nobody calls in vain: RFC 2606. */
const url = "https://webhook.example.com/verify";

const hook = async ({ make, mark }: Ground, enabled = false) =>
  `/api/webhooks/${await make("/api/webhooks/", { name: `Hook ${mark}`, url, enabled })}/`;

/** The calls about webhooks and deliveries. All hooks are disabled but where that is what is tried: nothing is called. */
export const webhookFixtures: Readonly<Record<string, MakeFixture>> = {
  "POST /api/webhooks/": ({ admin, mark }) => {
    const body = { name: `Hook ${mark}`, url, enabled: false };
    return { path: "/api/webhooks/", as: admin, body, otherBody: { ...body, name: `Other hook ${mark}` } };
  },
  "PATCH /api/webhooks/{id}/": async (ground) => ({
    ...{ path: await hook(ground, true), as: ground.admin, body: { enabled: false } },
    otherBody: { name: `Again ${ground.mark}` },
  }),
  "DELETE /api/webhooks/{id}/": async (ground) => ({ path: await hook(ground), as: ground.admin }),
  "POST /api/webhooks/{id}/test/": async (ground) => ({
    path: `${await hook(ground)}test/`,
    as: ground.admin,
    body: {},
  }),
  "POST /api/webhooks/{id}/rotate-secret/": async (ground) => ({
    ...{ path: `${await hook(ground)}rotate-secret/`, as: ground.admin },
    ...{ body: { overlap_hours: 1 }, otherBody: { overlap_hours: 2 } },
  }),
  "POST /api/webhooks/{id}/replay/": async (ground) => ({
    ...{ path: `${await hook(ground)}replay/`, as: ground.admin },
    ...{ body: { since: 0, stream: "agents" }, otherBody: { since: 1, stream: "agents" } },
  }),
  "POST /api/deliveries/{id}/retry/": async ({ admin, deadLetter }) => ({
    path: `/api/deliveries/${await deadLetter()}/retry/`,
    as: admin,
    body: {},
  }),
};
