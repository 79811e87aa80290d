/**
 * The decided byte of every link: the lower median of what the reports say, the element at `⌊(k − 1)/2⌋` of `k` ascending
 * values. With fewer than a third of the reports dishonest it lies between two honest values; the lower one, so that an even
 * set never credits more than half of its members saw.
 * @param reports one report per oracle, all of the same length, in any order
 * @throws RangeError without reports, or when their lengths differ
 */
export function lowerMedians(reports: readonly Uint8Array[]): Uint8Array {
  const length = commonLength(reports);
  const middle = (reports.length - 1) >> 1;
  const medians = new Uint8Array(length);
  const column = new Uint8Array(reports.length);
  for (let link = 0; link < length; link++) {
    fillAscending(column, reports, link);
    medians[link] = column[middle] as number;
  }
  return medians;
}

function commonLength(reports: readonly Uint8Array[]): number {
  const [first] = reports;
  if (!first) throw new RangeError("median of no reports");
  for (const report of reports) {
    if (report.length !== first.length) {
      throw new RangeError(`reports of ${first.length} and of ${report.length} links have no common median`);
    }
  }
  return first.length;
}

/** Insertion sort: the fastest for a few dozen values, most of them equal. */
function fillAscending(column: Uint8Array, reports: readonly Uint8Array[], link: number): void {
  for (let count = 0; count < column.length; count++) {
    const value = (reports[count] as Uint8Array)[link] as number;
    let at = count;
    while (at > 0 && (column[at - 1] as number) > value) {
      column[at] = column[at - 1] as number;
      at--;
    }
    column[at] = value;
  }
}
