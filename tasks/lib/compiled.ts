import type { LazyActionObject, NewTaskActionFunction } from "hardhat/types/tasks";

type LazyAction = LazyActionObject<NewTaskActionFunction>;

const MESSAGE = "the contracts are not compiled yet: run npx hardhat build first";

/** The action, or one that says what is missing: actions need the types that the compiler makes. */
export function compiled(action: LazyAction): LazyAction {
  return async () => {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes("typechain-types")) throw error;
      return { default: notCompiled };
    }
  };
}

function notCompiled() {
  process.stderr.write(`Error: ${MESSAGE}\n`);
  return { success: false, error: { code: "NOT_COMPILED", message: MESSAGE } };
}
