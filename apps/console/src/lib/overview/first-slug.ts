/** The slug of the sample of a new installation. Separate from its document, which is needed only to make it again. */
export const FIRST_SLUG = "first-webhook";
