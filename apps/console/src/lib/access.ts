import type { SessionResource } from "@meshhook/contract";
import { page } from "$app/state";

/** Whether a session may only read, and why: for a tooltip, for the text beside it, and what to do about it. */
export function readOnlyReason(): string {
  return page.data.session?.user === null
    ? "The key you signed in with can only read."
    : "Your role in this project is viewer, which can only read.";
}

/** What somebody who may only read needs to do something. */
export function remedyTo(action: string): string {
  return page.data.session?.user === null
    ? `Sign in with a key that can write to ${action}.`
    : `Ask an owner of the project for the role editor to ${action}.`;
}

/** Whether this session may send webhooks and change things. Without a session this is not decided yet. */
export function canWrite(): boolean {
  return !isReader(page.data.session);
}

export function isReader(session: SessionResource | undefined): boolean {
  return session?.role === "viewer";
}

/** Whether a session may do what owners of the project do: API keys, the deletion of secrets, the audit log. */
export function isOwner({ role }: SessionResource): boolean {
  return role === "owner" || role === "admin";
}

/** Members are for people who own the project, and for administrators. */
export function mayChangeMembers(session: SessionResource): boolean {
  return session.role === "admin" || (session.user !== null && session.role === "owner");
}

/** What somebody needs to do what owners do. */
export function ownerRemedy(session: SessionResource, action: string): string {
  return session.user === null
    ? `Sign in with a key that can write to ${action}.`
    : `Your role in this project is ${session.role}. Ask an owner of the project to ${action}.`;
}
