import { describe, expect, it } from "vitest";
import { shippedLexicon } from "../../../src/urgency/lexicon.js";
import { scoreText } from "../../../src/urgency/score.js";

const score = (text: string) => scoreText(text).score;
const rules = (text: string) => scoreText(text).terms.map((term) => term.stem);

describe("the rubric's levels", () => {
  it.each([
    ["My phone was stolen, please block my account", "critical"],
    ["I sent money to the wrong number, reverse it now please!", "critical"],
    ["There is a withdrawal on my card that I did not make", "critical"],
    ["My account has been suspended and I don't know why", "critical"],
    ["I need the batch number by tomorrow or I lose the job", "critical"],
    ["I have not received the loan yet", "high"],
    ["I was charged twice for one order", "high"],
    ["Can I get the batch number", "normal"],
    ["Why was my application rejected", "normal"],
    ["I will pay on Friday, kindly bear with me", "normal"],
    ["Ok thanks", "low"],
    ["What are your working hours?", "low"],
    ["Great app, very easy to use", "low"],
  ])("%s: %s", (text, level) => {
    expect(scoreText(text).level).toBe(level);
  });

  it.each([
    ["I have not received the money", "disbursement"],
    ["My payment is not reflected in the balance", "repayment"],
    ["Why was my loan application rejected", "application_rejected"],
    ["I forgot my PIN and cannot log in", "account_access"],
    ["Remove my name from CRB", "credit_bureau"],
    ["Somebody stole my card", "fraud_dispute"],
    ["Which documents are the requirement, and what are your hours?", "information"],
    ["Good job guys", "other"],
  ])("%s is about %s", (text, topic) => {
    expect(scoreText(text).topic).toBe(topic);
  });
});

describe("negation, resolution, praise", () => {
  it("a negated receipt is a case, a receipt is none", () => {
    expect(score("I have not received the money")).toBeGreaterThan(score("I have received the money") + 30);
  });

  it.each(["I didn't get my refund", "i didnt get my refund", "I DIDN’T GET MY REFUND", "never got my refund"])(
    "every spelling of not is the same not: %s",
    (text) => {
      expect(rules(text)).toEqual(
        expect.arrayContaining([expect.stringMatching(/^(not-receive-money|refund-not|not-refund|never-arrived)$/)]),
      );
    },
  );

  it("what is solved is no case any more", () => {
    expect(score("I blocked my pin but now its okey")).toBeLessThan(score("I blocked my pin"));
    expect(scoreText("I blocked my pin but now its okey").level).not.toBe("high");
    expect(score("It is working now, thanks")).toBeLessThan(25);
  });

  it("what cannot go wrong is praise", () => {
    const praise = scoreText("one of the best apps, you can't send money to the wrong person");
    expect(praise.level).toBe("low");
    expect(praise.terms.map((term) => term.stem)).not.toContain("sent-wrong");
  });

  it("never defaulted is neither a loss nor a complaint", () => {
    expect(scoreText("I have never defaulted on a loan").level).not.toMatch(/high|critical/);
  });

  it("praise before a but does not hide the case", () => {
    expect(scoreText("Good app but I cannot log in to my account").level).toBe("high");
  });

  it("a question about reversal is asked more calmly than a reversal is demanded", () => {
    expect(score("Is there a way to reverse a transaction?")).toBeLessThan(
      score("Please reverse the transaction immediately"),
    );
  });

  it("a deadline lifts a routine request, and a promise with a date is none", () => {
    expect(score("I need the batch number by tomorrow")).toBeGreaterThan(score("I need the batch number") + 30);
    expect(scoreText("I will pay tomorrow").level).not.toMatch(/high|critical/);
  });

  it("a keyword alone lifts nothing above normal", () => {
    for (const word of ["loan", "pay", "money", "transaction", "payment", "account"]) {
      expect(scoreText(word).level, word).not.toMatch(/high|critical/);
    }
  });

  it("capitals lift by at most one level", () => {
    expect(scoreText("HOW DO I GET A LOAN FROM YOU").level).not.toMatch(/high|critical/);
  });

  it("a lost card that was found is calm", () => {
    expect(score("I found my card, it is no longer lost")).toBeLessThan(score("I lost my card"));
  });
});

describe("how people write", () => {
  it.each([
    ["Nimetuma pesa kwa number mbaya, nirudishie haraka", "Send money to the wrong number, reverse urgently"],
    ["pls reverse da txn asap", "please reverse the transaction urgently"],
    ["fone stolen", "phone stolen"],
    ["cant login", "can not log in"],
    ["my acc is blockd", "my account is blocked"],
  ])("%s is read like: %s", (written, meant) => {
    expect(scoreText(written).level).toBe(scoreText(meant).level);
    expect(scoreText(written).topic).toBe(scoreText(meant).topic);
  });

  it("accents and full-width letters change nothing", () => {
    expect(score("My phöne was stolén")).toBe(score("My phone was stolen"));
    expect(score("My ｐｈｏｎｅ was stolen")).toBe(score("My phone was stolen"));
  });
});

describe("parts", () => {
  const text =
    "Hello,\nI havent received the loan yet!! 😡 What is going on? I sent you 3 messages since Monday and nobody answers";

  it("add up exactly to the raw score, in any order", () => {
    const { terms, raw } = scoreText(text);
    expect(terms.length).toBeGreaterThan(3);
    expect(terms.reduce((sum, term) => sum + term.weight, 0)).toBe(raw);
    expect(terms.reduceRight((sum, term) => sum + term.weight, 0)).toBe(raw);
  });

  it("carry the words of the original at their place", () => {
    const { terms } = scoreText(text);
    for (const { term, start, end } of terms) expect(text.slice(start, end).startsWith(term)).toBe(true);
    const missing = terms.find((term) => term.stem === "not-receive-money");
    expect(missing?.term).toBe("havent received the loan");
    expect(terms.find((term) => term.stem === "angry-emoji")?.term).toBe("😡");
  });

  it("span in UTF-16 units after emoji and accents", () => {
    const odd = "👩‍👩‍👧 Ça va? My phone was stolen";
    const part = scoreText(odd).terms.find((term) => term.stem === "stolen-device");
    expect(odd.slice(part?.start, part?.end)).toBe("phone was stolen");
  });

  it("names the model that was used", () => {
    expect(scoreText("hi").model).toBe(shippedLexicon().model);
    expect(shippedLexicon().model).toMatch(/^lexicon-\d+-[0-9a-f]{8}$/);
  });

  it("a group counts once, by its narrowest rule", () => {
    const parts = rules("my phone was stolen, a thief stole it");
    expect(parts.filter((rule) => /stolen-device|^steal/.test(rule))).toEqual(["stolen-device"]);
  });
});
