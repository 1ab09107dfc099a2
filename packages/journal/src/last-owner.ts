import type { Member, MemberKey, Role } from "./people.ts";

/** Whether nobody would own the organisation any more who does now. `role`: what the member is to become; null: none. */
export function lastOwnerGoes(members: readonly Member[], { userId, reach }: MemberKey, role: Role | null): boolean {
  if (reach === "project" || role === "owner") return false;
  const owners = members.filter(
    (member) => member.reach === "organisation" && member.role === "owner" && member.disabledAt === null,
  );
  return owners.length === 1 && owners[0]?.userId === userId;
}
