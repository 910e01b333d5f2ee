/** FAIL: it does not work. WARN: it works, and will not always, or not well. SKIP: not looked at, with the reason. */
export type FindingState = "PASS" | "WARN" | "FAIL" | "SKIP";

/** What one check found. */
export interface Finding {
  readonly state: FindingState;
  /** Which check, `open files`; of a backend `tokyo, udp`. */
  readonly check: string;
  readonly message: string;
  /** What to do. */
  readonly advice?: string | undefined;
}

export const pass = (check: string, message: string): Finding => ({ state: "PASS", check, message });
export const skip = (check: string, message: string): Finding => ({ state: "SKIP", check, message });
export const warn = (check: string, message: string, advice: string): Finding => ({
  state: "WARN",
  check,
  message,
  advice,
});
export const fail = (check: string, message: string, advice: string): Finding => ({
  state: "FAIL",
  check,
  message,
  advice,
});

/** The findings as lines in columns, and their count. */
export const formatFindings = (findings: readonly Finding[]): string => {
  const width = Math.max(...findings.map(({ check }) => check.length)) + 2;
  const indent = " ".repeat(6 + width);
  const lines = findings.map(({ state, check, message, advice }) => {
    const said = `${state}  ${check.padEnd(width)}${message}`;
    return advice === undefined ? said : `${said}\n${indent}→ ${advice}`;
  });
  return `${lines.join("\n")}\n${summary(findings)}\n`;
};

const summary = (findings: readonly Finding[]): string => {
  const failed = findings.filter(({ state }) => state === "FAIL").length;
  const warned = findings.filter(({ state }) => state === "WARN").length;
  const checks = findings.filter(({ state }) => state !== "SKIP").length;
  const of = `of ${counted(checks, "check")}`;
  if (failed === 0 && warned === 0) return `All well: ${counted(checks, "check")}.`;
  return `${failed} failed, ${counted(warned, "warning")} ${of}.`;
};

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
