/**
 * Returns the word of `known` closest to `word`, or undefined if none is close: optimal string alignment distance, at
 * most a third of the longer word's letters.
 */
export function findNearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let minDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const candidateDistance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (
      candidateDistance < minDistance &&
      candidateDistance <= Math.ceil(Math.max(word.length, candidate.length) / 3)
    ) {
      best = candidate;
      minDistance = candidateDistance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let minDistance = Math.min(
        at(previous, j) + 1,
        at(row, j - 1) + 1,
        at(previous, j - 1) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        minDistance = Math.min(minDistance, at(beforePrevious, j - 2) + 1);
      row.push(minDistance);
    }
    beforePrevious = previous;
    previous = row;
  }
  return at(previous, b.length);
}

function at(row: number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
