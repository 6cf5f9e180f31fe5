import { resolveWord } from "./resolve-word.js";
import { SPELLING } from "./spelling.js";

/** A stem with its place in the original text, in UTF-16 units. One written word may give several tokens of one span. */
export interface Token {
  stem: string;
  start: number;
  end: number;
  /** Counts up at . ! ? ; and line breaks: rules do not reach over it. */
  sentence: number;
}

export interface TokenisedText {
  tokens: Token[];
  questionMarks: Mark;
  exclamations: Mark;
  /** Letters, and those of them in upper case. */
  letters: number;
  capitals: number;
}

/** How often a mark occurs, its longest run, and where that run stands. */
export interface Mark {
  count: number;
  longestRun: number;
  start: number;
  end: number;
}

const EMOJI: ReadonlyMap<number, string> = new Map(
  (
    [
      ["<angry>", "😡🤬😠👿💢😤👎"],
      ["<cry>", "😭😢😥😞😔💔😩😫"],
      ["<smile>", "👍😊😀😁😍🥰😘🙂👌🎉💯👏🔥🌹🤗😃😄"],
      ["<alarm>", "🚨🆘"],
    ] as const
  ).flatMap(([name, faces]) => [...faces].map((face) => [face.codePointAt(0) ?? 0, name] as const)),
);

const CURRENCY = new Set([0x24, 0xa3, 0x20ac, 0x20a6, 0x20b9, 0xa5]);
const CURRENCY_WORD = /^(ksh|kshs|kes|sh|shs|ush|ugx|tsh|tzs|usd|ngn|rs|inr|gbp|eur|zar|ghs)$/i;
const SENTENCE_END = new Set([0x2e, 0x21, 0x3f, 0x3b, 0x0a, 0x0d, 0x2026, 0x3002, 0xff01, 0xff1f]);
const WIDE_LETTER = /[\p{L}\p{M}]/u;

const isDigit = (code: number) => code >= 0x30 && code <= 0x39;
const isAsciiLetter = (code: number) => (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
const isApostrophe = (code: number) =>
  code === 0x27 || code === 0x2019 || code === 0x2bc || code === 0x60 || code === 0xb4;

/** 0 if no letter starts at `at`, else its length in UTF-16 units. A lone surrogate is no letter. */
function letterUnits(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code < 0x80) return isAsciiLetter(code) ? 1 : 0;
  const point = text.codePointAt(at) ?? 0;
  return WIDE_LETTER.test(String.fromCodePoint(point)) ? (point > 0xffff ? 2 : 1) : 0;
}

function endOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const units = letterUnits(text, at);
    if (units > 0) at += units;
    else if (isApostrophe(text.charCodeAt(at)) && at > from && letterUnits(text, at + 1) > 0) at += 1;
    else break;
  }
  return at;
}

function endOfNumber(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const joins = code === 0x2c || code === 0x2e || code === 0x2f || code === 0x3a || code === 0x2d;
    if (isDigit(code) || (joins && isDigit(text.charCodeAt(at + 1)))) at += 1;
    else break;
  }
  return at;
}

function endOfAlphanumeric(text: string, from: number): number {
  let at = from;
  while (at < text.length && (isDigit(text.charCodeAt(at)) || isAsciiLetter(text.charCodeAt(at)))) at += 1;
  return at;
}

function numberStem(digits: string, after: string, before: number): string {
  if (CURRENCY.has(before) || after === "/=" || after === "/-") return "<amount>";
  if (/^\d{1,4}[/.-]\d{1,2}([/.-]\d{1,4})?$/.test(digits) && /[/-]|\..*\./.test(digits)) return "<date>";
  if (/^\d{1,2}:\d{2}/.test(digits)) return "<date>";
  const plainDigits = digits.replace(/\D/g, "");
  if (plainDigits.length >= 9 && !digits.includes(",")) return "<phone>";
  return digits.includes(",") || plainDigits.length >= 5 ? "<amount>" : "<num>";
}

/**
 * A text as stems with spans. One pass; any string is taken: lone surrogates, NUL, right-to-left, emoji, a megabyte.
 * Amounts, dates, phone numbers, transaction ids and placeholders such as `<PHONE>` become tokens in angle brackets.
 */
export function tokenise(text: string): TokenisedText {
  const tokens: Token[] = [];
  const questionMarks: Mark = { count: 0, longestRun: 0, start: 0, end: 0 };
  const exclamations: Mark = { count: 0, longestRun: 0, start: 0, end: 0 };
  let sentence = 0;
  let letters = 0;
  let capitals = 0;
  let run = 0;

  const push = (stem: string, start: number, end: number) => tokens.push({ stem, start, end, sentence });

  const pushWord = (start: number, end: number) => {
    if (end - start <= 64) {
      for (let at = start; at < end; at += 1) {
        const code = text.charCodeAt(at);
        if (isAsciiLetter(code)) {
          letters += 1;
          if (code <= 0x5a) capitals += 1;
        }
      }
    }
    for (const stem of resolveWord(text.slice(start, end))) push(stem, start, end);
  };

  /** A run that starts with a digit: a number, an ordinal, a word of text messages ("2moro"), or number and unit ("72hrs"). */
  const pushNumber = (start: number): number => {
    const digitsEnd = endOfNumber(text, start);
    const wordEnd = endOfAlphanumeric(text, digitsEnd);
    const suffix = text.slice(digitsEnd, Math.min(wordEnd, digitsEnd + 12)).toLowerCase();
    if (suffix === "") {
      push(
        numberStem(
          text.slice(start, Math.min(digitsEnd, start + 24)),
          text.slice(digitsEnd, digitsEnd + 2),
          text.charCodeAt(start - 1),
        ),
        start,
        digitsEnd,
      );
      return digitsEnd;
    }
    if (/^(st|nd|rd|th|nth)$/.test(suffix)) {
      push("<date>", start, wordEnd);
    } else if (/^(k|m|bob)$/.test(suffix)) {
      push("<amount>", start, wordEnd);
    } else if (/^(am|pm)$/.test(suffix)) {
      push("<date>", start, wordEnd);
    } else if (/\d/.test(suffix)) {
      push(wordEnd - start >= 8 ? "<txn>" : "<num>", start, wordEnd);
    } else {
      const whole = text.slice(start, Math.min(wordEnd, start + 16)).toLowerCase();
      if (SPELLING.has(whole)) {
        for (const stem of resolveWord(whole)) push(stem, start, wordEnd);
      } else {
        push("<num>", start, digitsEnd);
        pushWord(digitsEnd, wordEnd);
      }
    }
    return wordEnd;
  };

  /** Letters followed by digits: an amount ("ksh500"), a transaction id, a word of text messages ("b4"), else a word. */
  const pushMixed = (start: number, lettersEnd: number): number => {
    const end = endOfAlphanumeric(text, lettersEnd);
    const head = text.slice(start, Math.min(lettersEnd, start + 16));
    const tail = text.slice(lettersEnd, Math.min(end, lettersEnd + 16));
    if (CURRENCY_WORD.test(head)) push("<amount>", start, end);
    else if (end - start >= 8) push("<txn>", start, end);
    else if (/^\d+$/.test(tail) && head.length >= 3) {
      pushWord(start, lettersEnd);
      push("<num>", lettersEnd, end);
    } else pushWord(start, end);
    return end;
  };

  const mark = (kind: Mark, at: number) => {
    kind.count += 1;
    const same = at > 0 && text.charCodeAt(at - 1) === text.charCodeAt(at);
    run = same ? run + 1 : 1;
    if (run > kind.longestRun) {
      kind.longestRun = run;
      kind.start = at - run + 1;
      kind.end = at + 1;
    }
  };

  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) {
      at = pushNumber(at);
      continue;
    }
    if (letterUnits(text, at) > 0) {
      const end = endOfWord(text, at);
      if (end < text.length && isDigit(text.charCodeAt(end)) && isAsciiLetter(text.charCodeAt(end - 1)))
        at = pushMixed(at, end);
      else {
        pushWord(at, end);
        at = end;
      }
      continue;
    }
    if (code === 0x3c) {
      const placeholder = /^<([A-Z]{2,8})>/.exec(text.slice(at, at + 10));
      if (placeholder?.[1] !== undefined) {
        push(`<${placeholder[1].toLowerCase()}>`, at, at + placeholder[0].length);
        at += placeholder[0].length;
        continue;
      }
    }
    if (code === 0x3f) mark(questionMarks, at);
    else if (code === 0x21) mark(exclamations, at);
    if (SENTENCE_END.has(code)) sentence += 1;
    const point = text.codePointAt(at) ?? 0;
    const face = point > 0x2000 ? EMOJI.get(point) : undefined;
    const units = point > 0xffff ? 2 : 1;
    if (face !== undefined) push(face, at, at + units);
    at += units;
  }
  return { tokens, questionMarks, exclamations, letters, capitals };
}
