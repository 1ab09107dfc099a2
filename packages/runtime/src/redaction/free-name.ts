/** Two names may have become the same. */
export function freeName(taken: object, name: string): string {
  let free = name;
  for (let number = 2; Object.hasOwn(taken, free); number++) free = `${name} ${number}`;
  return free;
}
