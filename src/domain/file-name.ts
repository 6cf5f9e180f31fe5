const lengthMax = 120;

/**
 * A sender's name of a file, made harmless: the last part of a path, without control and formatting characters, without
 * what a file system or a shell reads as more than a letter, 120 characters at most, and with an ending that the file's
 * kind has: `../../etc/x.html` of a text becomes `x.html.txt`. What is left empty is `file`.
 */
export function safeFileName(given: string, extensions: readonly [string, ...string[]]): string {
  const last = given.slice(Math.max(given.lastIndexOf("/"), given.lastIndexOf("\\")) + 1);
  const clean = last
    .normalize("NFC")
    .replace(/\p{C}/gu, "")
    .replace(/[<>:"|?*%;`$&'#!{}]/g, "_")
    .replace(/\s+/g, " ")
    .replace(/^[. ]+|[. ]+$/g, "");
  const dot = clean.lastIndexOf(".");
  const ending = dot > 0 ? clean.slice(dot + 1).toLowerCase() : "";
  const fits = extensions.includes(ending);
  const stem = [...(fits ? clean.slice(0, dot) : clean)].slice(0, lengthMax - 10).join("") || "file";
  return `${stem}.${fits ? ending : extensions[0]}`;
}
