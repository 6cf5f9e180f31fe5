import { Menu } from "@base-ui/react/menu";
import type { ReactNode } from "react";
import { Icon, type IconName } from "./icon.js";

export interface MenuEntry {
  id: string;
  label: string;
  icon?: IconName;
  shortcut?: string;
  isDisabled?: boolean;
  /** A line above it. */
  isApart?: boolean;
  run: () => void;
}

export interface DropMenuProps {
  label: string;
  trigger: ReactNode;
  entries: readonly MenuEntry[];
  className?: string;
}

/** A button that opens a menu. */
export function DropMenu({ label, trigger, entries, className }: DropMenuProps) {
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className={className ?? "button quiet bare"} aria-label={label} title={label}>
        {trigger}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="menu-place">
          <Menu.Popup className="menu">
            {entries.map(({ id, label: text, icon, shortcut, isDisabled, isApart, run }) => (
              <Menu.Item
                key={id}
                className={`menu-item ${isApart ? "apart" : ""}`}
                disabled={isDisabled ?? false}
                onClick={run}
              >
                {icon && <Icon name={icon} />}
                <span className="grow">{text}</span>
                {shortcut && <kbd>{shortcut}</kbd>}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
