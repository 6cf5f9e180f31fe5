import { afterAll, beforeAll, expect, it } from "vitest";
import { messagePageSchema } from "../../../src/contract/http/messages.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { act } from "./claimed.js";

let api: ApiUnderTest;
let loan: number;
let card: number;
let thanks: number;

beforeAll(async () => {
  api = await startApi();
  loan = await api.message("When will my loan be disbursed? I have waited for my loan since Monday.", "U001");
  card = await api.message("My card was stolen, block it <b>now</b> & call me", "U002");
  thanks = await api.message("Thank you for the quick answer about the loan", "zoë-9");
  await act(api, card, "claim", { agent_id: people.agent });
  await act(api, card, "reply", { agent_id: people.agent, text: "We blocked it; a courier brings the replacement." });
});
afterAll(() => api.drop());

async function search(words: string, more = "") {
  const answer = await api.call("GET", `/api/messages/?search=${encodeURIComponent(words)}${more}`, undefined, {
    token: api.tokens.agent,
  });
  expect(answer.status).toBe(200);
  return messagePageSchema.parse(answer.body);
}
const found = async (words: string, more = "") => (await search(words, more)).results.map((message) => message.id);

it("ranks: what says it twice before what says it once", async () => {
  expect(await found("loan")).toEqual([loan, thanks]);
  expect(await found("loan", "&order=newest")).toEqual([thanks, loan]);
  expect(await found("loan", "&order=queue")).toEqual([loan, thanks]);
});

it("finds other forms, beginnings, phrases, one of several, and without a word", async () => {
  expect(await found("disbursement")).toEqual([loan]);
  expect(await found("disbu")).toEqual([loan]);
  expect(await found('"quick answer"')).toEqual([thanks]);
  expect(await found('"answer quick"')).toEqual([]);
  expect((await found("stolen or quick")).sort()).toEqual([card, thanks].sort());
  expect(await found("loan -disbursed")).toEqual([thanks]);
});

it("marks what it found, as places in a plain text", async () => {
  const page = await search("stolen");
  const highlight = page.results[0]?.highlights?.[0];
  expect(highlight?.field).toBe("body");
  expect(highlight?.text).toContain("<b>now</b> & call");
  expect(highlight?.marks.map(([from, to]) => highlight.text.slice(from, to))).toEqual(["stolen"]);
});

it.each([
  ["the <b>parcel</b>/box came", "parcel", ["parcel"]],
  ["<i>parcels</i> and 2>parcel<3", "parcel", ["parcels", "parcel"]],
  ["late/parcel/again", "parcel", ["parcel"]],
  ["it's paid.Parcel still lost", "parcel", ["Parcel"]],
  ["parcel😡 and 😡parcel", "parcel", ["parcel", "parcel"]],
  ["“parcel”—the parcel…", "parcel", ["parcel", "parcel"]],
  ["Im Café, über Ümläut", "cafe umlaut", ["Café", "Ümläut"]],
  ["I sat in a cafe\u0301 there", "café", ["caf\u00e9"]],
  ["my resume was read", "résumé", ["resume"]],
])("finds and marks the word itself, whatever stands next to it: %s", async (said, words, marked) => {
  const id = await api.message(said, `signs-${said.length}`);
  const message = (await search(words)).results.find((result) => result.id === id);
  const highlight = message?.highlights?.find(({ field }) => field === "body");
  expect(highlight?.text).toBe(said.normalize("NFC"));
  expect(highlight?.marks.map(([from, to]) => highlight.text.slice(from, to))).toEqual(marked);
});

it("shows of a long text what is around the finds", async () => {
  const filler = "nothing of any interest is said here. ".repeat(60);
  const id = await api.message(`${filler}The giraffe came.${filler}A giraffe went.${filler}`, "long-1");
  const message = (await search("giraffe")).results.find((result) => result.id === id);
  const [highlight] = message?.highlights ?? [];
  expect(highlight?.text).toMatch(/The giraffe came\..* … .*A giraffe went\./);
  expect(highlight?.text.length).toBeLessThan(600);
  expect(highlight?.marks.map(([from, to]) => highlight.text.slice(from, to))).toEqual(["giraffe", "giraffe"]);
});

it("finds replies", async () => {
  const page = await search("courier");
  expect(page.results.map((message) => message.id)).toEqual([card]);
  expect(page.results[0]?.highlights).toMatchObject([
    { field: "reply", marks: [[expect.any(Number), expect.any(Number)]] },
  ]);
});

it("finds customers by outside id and by a part of their name", async () => {
  expect(await found("U002")).toEqual([card]);
  expect(await found("u002")).toEqual([card]);
  const page = await search("cle");
  expect(page.results.map((message) => message.id)).toEqual([loan]);
  expect(page.results[0]?.highlights).toEqual([{ field: "customer", text: "Cleo", marks: [[0, 3]] }]);
  expect(await found("ZOË-9")).toEqual([thanks]);
});

it("narrows a search like a list, and pages it with no double", async () => {
  expect(await found("loan", "&user_id=U001")).toEqual([loan]);
  expect(await found("loan", "&status=closed")).toEqual([]);
  const first = await search("loan", "&limit=1");
  const second = await search("loan", `&limit=1&cursor=${first.next}`);
  expect([first, second].flatMap((page) => page.results.map((message) => message.id))).toEqual([loan, thanks]);
  expect(second.next).toBeNull();
});

it.each([
  '"(((',
  "&",
  "!",
  "-",
  "!!! -- ||",
  "<->",
  "':*",
  "\\",
  "%_%",
  "😀",
  "the",
  "a b c d e f:*",
  "-loan",
  '-"a b"',
  "*",
  "\u2028",
  "\uE000loan\uE001",
  "x".repeat(1000),
  "( ".repeat(500),
  "$1",
  "'; DROP TABLE tickets; --",
])("takes any text as a search: %s", async (words) => {
  expect(Array.isArray((await search(words)).results)).toBe(true);
});

it("takes bytes that are no UTF-8 as a search", async () => {
  const answer = await api.call("GET", "/api/messages/?q=%ff%fe", undefined, { token: api.tokens.agent });
  expect(answer.status).toBe(200);
});
