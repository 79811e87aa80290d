import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new empty folder, and a function that removes it. */
export function temporaryDirectory(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "r1-storage-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The code an operation was refused with, or "no error". */
export async function codeOf(operation: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof operation === "function" ? operation() : operation);
    return "no error";
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}
