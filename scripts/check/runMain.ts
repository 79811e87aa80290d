/**
 * Runs a check's main function and sets the status of the process. An error that Hardhat meant for its user, such as "the
 * contracts do not compile", is shown without a stack.
 */
export async function runMain(main: () => Promise<boolean>): Promise<void> {
  try {
    if (!(await main())) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof Error && error.name === "HardhatError")) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
