// Drawn in the browser only: the server sends one shell for every address.
export const ssr = false;
