import type { ButtonHTMLAttributes, Ref } from "react";
import { Icon, type IconName } from "./icon.js";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "plain" | "primary" | "quiet" | "danger";
  icon?: IconName;
  /** The name of a button that shows its icon alone. */
  label?: string;
  /** The key that does the same, shown to who points at it. */
  shortcut?: string;
  ref?: Ref<HTMLButtonElement>;
}

/** A button. With `label` and no children it shows its icon alone. */
export function Button({ kind = "plain", icon, label, shortcut, className, children, ...rest }: ButtonProps) {
  const title = [children === undefined ? label : undefined, shortcut && `(${shortcut})`].filter(Boolean).join(" ");
  return (
    <button
      type="button"
      className={`button ${kind} ${children === undefined ? "bare" : ""} ${className ?? ""}`}
      {...(title ? { title } : {})}
      {...(label ? { "aria-label": label } : {})}
      {...(shortcut ? { "aria-keyshortcuts": shortcut.replace("Ctrl ", "Control+") } : {})}
      {...rest}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}
