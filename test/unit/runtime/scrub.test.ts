import { describe, expect, it } from "vitest";
import { scrubError, scrubLine, scrubText } from "../../../src/runtime/scrub.js";

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.c2lnbmF0dXJlLXNpZ25hdHVyZQ";

describe("scrubLine", () => {
  it("hands a line without secrets back as it is", () => {
    const line = { method: "GET", route: "/api/messages/{id}/claim/", status: 200, request_id: "AbCd-1234_efghIJKL" };
    expect(scrubLine(line)).toBe(line);
  });

  it("leaves no secret under a secret's name, at any depth, and changes nothing of what it was given", () => {
    const line = {
      token: "t1",
      user: { password: "p1", name: "Eve", session: { refresh: "r1", list: [{ "x-api-key": "k1", id: 5 }] } },
      headers: { authorization: "Bearer a1", cookie: "c1" },
    };
    const before = structuredClone(line);
    const text = JSON.stringify(scrubLine(line));
    for (const secret of ["t1", "p1", "r1", "k1", "a1", "c1"]) expect(text).not.toContain(`"${secret}"`);
    expect(text).toContain('"name":"Eve"');
    expect(text).toContain('"id":5');
    expect(line).toEqual(before);
  });

  it("ends at a depth, and with what refers to itself", () => {
    const circle: Record<string, unknown> = { name: "round" };
    circle.again = circle;
    expect(JSON.stringify(scrubLine({ circle }))).toContain("[deep]");
  });
});

describe("scrubText", () => {
  it.each([
    [`GET /ws/agents/?since=5&token=${jwt}&batch=1`, "GET /ws/agents/?since=5&token=[value]&batch=1"],
    [`invalid token ${jwt} in frame`, "invalid token [token] in frame"],
    ["Authorization: Bearer abcdefghijklmnop, x", "Authorization: Bearer [token], x"],
    ["key sb_abcdefghijklmnopqrstuvwxyz0123456789 is old", "key [key] is old"],
    ["connect postgres://desk:hunter2@db.example/desk failed", "connect postgres://[user]@db.example/desk failed"],
    ["redis://:hunter2@cache.example:6379 is away", "redis://[user]@cache.example:6379 is away"],
  ])("takes the secret out of %s", (text, clean) => {
    expect(scrubText(text)).toBe(clean);
  });

  it("leaves other texts alone, and cuts what is long past all use", () => {
    const text = "duplicate key value violates unique constraint users_email_key at http://127.0.0.1:8000/x?limit=5";
    expect(scrubText(text)).toBe(text);
    expect(scrubText("x".repeat(100_000)).length).toBeLessThan(5000);
  });
});

describe("scrubError", () => {
  it("keeps what it was and where, and nothing that a driver hangs on to it", () => {
    const error = Object.assign(new Error("WRONGPASS invalid password"), {
      name: "ReplyError",
      code: "WRONGPASS",
      command: { name: "auth", args: ["hunter2"] },
      detail: "Key (email)=(eve@example.test) already exists.",
      parameters: ["hunter3"],
    });
    const kept = scrubError(error) as Record<string, unknown>;
    expect(kept).toMatchObject({ type: "ReplyError", message: "WRONGPASS invalid password", code: "WRONGPASS" });
    expect(kept.stack).toContain("scrub.test.ts");
    expect(JSON.stringify(kept)).not.toMatch(/hunter|eve@/);
  });

  it("looks into causes and into several errors at once", () => {
    const inner = new Error(`bad token ${jwt}`);
    const outer = new Error("sign-in failed", { cause: new AggregateError([inner, new Error("second")], "many") });
    const kept = JSON.stringify(scrubError(outer));
    expect(kept).not.toContain(jwt);
    expect(kept).toContain("bad token [token]");
    expect(kept).toContain("second");
  });

  it("takes whatever else was thrown", () => {
    expect(scrubError("no error at all")).toBe("no error at all");
    expect(scrubError(undefined)).toBeUndefined();
    expect(scrubError({ password: "p1" })).toEqual({ password: "[secret]" });
  });
});
