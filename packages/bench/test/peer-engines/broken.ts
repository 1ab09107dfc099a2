import type { StartEngine } from "../../src/peers/host/engine.ts";

export const startEngine: StartEngine = () => Promise.reject(new Error("Its schema needs PostgreSQL 99."));
