import { useContext, useMemo } from "react";
import { Icon } from "../parts/icon.js";
import { Modal } from "../parts/modal.js";
import { PickList } from "../parts/pick-list.js";
import { toggleTheme } from "../parts/theme.js";
import { go } from "../parts/use-route.js";
import { words } from "../words/en.js";
import { type Command, CommandContext } from "./command-context.js";

/** Every command of the moment, found by its name. */
export default function CommandBar({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const registry = useContext(CommandContext);
  const entries = useMemo(() => {
    const everywhere: Command[] = [
      { id: "inbox", label: words.nav.inbox, icon: "inbox", run: () => go("/") },
      { id: "supervisor", label: words.nav.supervisor, icon: "chart", run: () => go("/supervisor") },
      { id: "theme", label: words.nav.theme, icon: "theme", run: toggleTheme },
      { id: "docs", label: words.nav.docs, icon: "docs", run: () => void window.open("/docs", "_blank") },
    ];
    return [...(registry?.all() ?? []), ...everywhere].map((command) => ({
      ...command,
      text: command.label,
      shown: (
        <>
          {command.icon && <Icon name={command.icon} />}
          <span className="grow">{command.label}</span>
          {command.shortcut && <kbd>{command.shortcut}</kbd>}
        </>
      ),
    }));
  }, [registry]);
  const keys = { id: "keys", text: words.nav.keys, shown: <span className="grow">{words.nav.keys}</span>, run: onKeys };
  return (
    <Modal title={words.commands.title} onClose={onClose} size="wide" hidesTitle>
      <PickList
        label={words.commands.title}
        placeholder={words.commands.search}
        none={words.commands.none}
        entries={[...entries, keys]}
        onPick={(entry) => {
          onClose();
          // After the dialog has given the focus back.
          setTimeout(entry.run);
        }}
      />
    </Modal>
  );
}
