import fc from "fast-check";
import { expect, test } from "vitest";
import { safeFileName } from "../../../src/domain/file-name.js";

const pictures = ["jpg", "jpeg"] as const;

test.each([
  ["photo.jpg", "photo.jpg"],
  ["photo.JPEG", "photo.jpeg"],
  ["../../etc/passwd", "passwd.jpg"],
  ["C:\\Users\\me\\photo.jpg", "photo.jpg"],
  ["page.html", "page.html.jpg"],
  ["", "file.jpg"],
  ["...", "file.jpg"],
  [".jpg", "jpg.jpg"],
  [".htaccess", "htaccess.jpg"],
  ["a\r\nSet-Cookie: x.jpg", "aSet-Cookie_ x.jpg"],
  ["a\u202Egpj.exe", "agpj.exe.jpg"],
  ["nul\0.jpg", "nul.jpg"],
  ['a"b;c.jpg', "a_b_c.jpg"],
  ["Ñandú 😀.jpg", "Ñandú 😀.jpg"],
  [`${"x".repeat(5000)}.jpg`, `${"x".repeat(110)}.jpg`],
])("%j becomes %j", (given, safe) => expect(safeFileName(given, pictures)).toBe(safe));

test("whatever it is called, the name is short, has an ending of its kind and no path", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (given) => {
      const safe = safeFileName(given, pictures);
      expect([...safe].length).toBeLessThanOrEqual(120);
      expect(safe).toMatch(/^[^./\\][^/\\\p{C}]*\.jpe?g$/u);
    }),
  );
});
