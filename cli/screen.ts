const csi = "\u001b[";

/** A part of the terminal that is drawn again and again in place. */
export interface Screen {
  /** Draws these lines, cut to the terminal's height; what was drawn before is gone. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** The other screen of the terminal, as pagers use it: what was on it before comes back at the end. */
export function openScreen(out: NodeJS.WriteStream): Screen {
  // Without wrapping, a line that is too long costs its end and not the picture.
  out.write(`${csi}?1049h${csi}?25l${csi}?7l`);
  let open = true;
  return {
    draw: (lines) => {
      if (!open) return;
      const shown = lines.slice(0, out.rows);
      out.write(`${csi}H${shown.map((line) => `${line}${csi}K`).join("\r\n")}${csi}J`);
    },
    close: () => {
      if (open) out.write(`${csi}?7h${csi}?25h${csi}?1049l`);
      open = false;
    },
  };
}
