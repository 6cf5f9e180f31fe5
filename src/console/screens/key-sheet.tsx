import { Modal } from "../parts/modal.js";
import { words } from "../words/en.js";

const text = words.keys;
const groups: readonly [string, readonly (readonly [string, string])[]][] = [
  [
    text.groups.move,
    [
      ["J  ↓", text.next],
      ["K  ↑", text.previous],
      ["Enter", text.open],
      ["Escape", text.back],
      ["/", text.search],
    ],
  ],
  [
    text.groups.act,
    [
      ["C", text.claim],
      ["R", text.reply],
      ["N", text.note],
      ["T", text.transfer],
      ["S", text.snooze],
      ["E", text.release],
      ["I", text.panel],
    ],
  ],
  [
    text.groups.write,
    [
      ["Ctrl Enter", text.send],
      ["Ctrl Shift Enter", text.sendOpen],
      ["/", text.canned],
      ["Escape", text.leave],
    ],
  ],
  [
    text.groups.anywhere,
    [
      ["W", text.pull],
      ["Ctrl K", text.commands],
      ["?", text.sheet],
    ],
  ],
];

/** All keys on one sheet. */
export default function KeySheet({ onClose }: { onClose: () => void }) {
  return (
    <Modal title={text.title} onClose={onClose} size="wide">
      <div className="key-sheet">
        {groups.map(([title, keys]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([key, meaning]) => (
                <div key={key}>
                  <dt>{meaning}</dt>
                  <dd>
                    <kbd>{key}</kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
