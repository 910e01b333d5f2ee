import type { Key } from "ink";

const named = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["leftArrow", "left"],
  ["rightArrow", "right"],
  ["pageUp", "page_up"],
  ["pageDown", "page_down"],
  ["home", "home"],
  ["end", "end"],
  ["return", "enter"],
  ["escape", "esc"],
  ["backspace", "backspace"],
  ["delete", "backspace"],
] as const;

/**
 * What was pressed, by name or as the character itself. Over a slow link several characters come at once: each is a
 * press of its own.
 */
export const pressesOf = (input: string, key: Key): string[] => {
  if (key.tab) return [key.shift ? "shift_tab" : "tab"];
  const found = named.find(([flag]) => key[flag]);
  if (found !== undefined) return [found[1]];
  if (key.ctrl) return input === "" ? [] : [`ctrl_${input}`];
  if (key.meta) return [];
  return [...input].flatMap((character) => {
    if (character === " ") return ["space"];
    if (character === "\r" || character === "\n") return ["enter"];
    if (character === "\u007f" || character === "\b") return ["backspace"];
    return /^[\u0000-\u001f\u0080-\u009f]$/.test(character) ? [] : [character];
  });
};
