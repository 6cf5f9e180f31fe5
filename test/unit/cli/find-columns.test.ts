import { expect, test } from "vitest";
import { columnsByPosition, findColumns } from "../../../cli/csv/find-columns.js";
import { UsageError } from "../../../cli/failure.js";

test.each([
  [["User ID", "Timestamp (UTC)", "Message Body"]],
  [["user_id", "timestamp", "body"]],
  [["UserID", "created_at", "message"]],
  [["customer_id", "Date", "Text"]],
  [["CustomerId", "SentAt", "message body"]],
])("%j: user, time, body", (header) => {
  expect(findColumns(header, {})).toEqual({ user: 0, time: 1, body: 2, width: 3 });
});

test("the surer name wins over the vaguer, wherever they stand", () => {
  const header = ["date", "message", "id", "timestamp", "user", "message_body", "user_id"];
  expect(findColumns(header, {})).toEqual({ user: 6, time: 3, body: 5, width: 7 });
});

test("columns may be named, or given by position", () => {
  const header = ["wer", "wann", "was"];
  expect(findColumns(header, { user: "wer", time: "WANN", body: "3" })).toEqual({
    user: 0,
    time: 1,
    body: 2,
    width: 3,
  });
});

test("a missing column is told with its option and the header", () => {
  expect(() => findColumns(["user_id", "subject", "time"], {})).toThrow(
    /--body-column.*the header is: user_id, subject, time/,
  );
  expect(() => findColumns(["user_id", "time", "body"], { body: "txt" })).toThrow(
    /no column "txt".*user_id, time, body/,
  );
});

test("one column cannot be two things", () => {
  expect(() => findColumns(["user_id", "time", "body"], { body: "time" })).toThrow(UsageError);
});

test("without a header: user, time, body, or the positions that are given", () => {
  expect(columnsByPosition(4, {})).toEqual({ user: 0, time: 1, body: 2, width: 4 });
  expect(columnsByPosition(4, { user: "4", body: "1" })).toEqual({ user: 3, time: 1, body: 0, width: 4 });
  expect(() => columnsByPosition(2, {})).toThrow(/--body-column.*1 to 2/);
  expect(() => columnsByPosition(3, { user: "user_id" })).toThrow(UsageError);
});
