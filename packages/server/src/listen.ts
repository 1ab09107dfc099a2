import { Server, type ListenOptions } from "node:net";

/** Connections that the operating system holds while the process is busy; it may cap this lower. */
const BACKLOG = 4_096;

/**
 * Listens on an address, or on the address of another server.
 *
 * @throws Error  when the address cannot be used; the message names it.
 */
export function listen(server: Server, where: ListenOptions | Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const onListening = (): void => {
      server.off("error", reject);
      resolve();
    };
    if (where instanceof Server) server.listen(where, BACKLOG, onListening);
    else server.listen({ ...where, backlog: BACKLOG }, onListening);
  });
}

/** Resolves when the connections that it accepted are closed, too. */
export function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
