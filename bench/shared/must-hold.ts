/** One promise of the engine and the figure that shows whether it is kept. */
export type MustHold = { readonly what: string; readonly figure: string; readonly holds: boolean };

export function printMustHolds(all: readonly MustHold[]): void {
  for (const { what, figure, holds } of all) {
    console.log(`${holds ? 'holds' : 'does not hold'}: ${what}: ${figure}`);
  }
}
