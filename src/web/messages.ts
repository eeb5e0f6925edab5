/** What the pages say where there is nothing to show: title and text. */
export type Message = readonly [title: string, text: string];

export const MESSAGES = {
  host: [
    "This name is not allowed",
    "The page answers to localhost, to IP addresses, and to the names in SYSTEM_INFO_ALLOWED_HOSTS: add the one in your browser's address bar there. A reverse proxy must pass it on in the Host header.",
  ],
  forged: [
    "Refused",
    "The request did not come from this page, or the page was too old. Go back, reload it and try again. A reverse proxy must pass on the Host header with its port.",
  ],
  unclear: [
    "Nothing was changed",
    "The form does not say whether usage metrics shall be on or off. Go back, reload the page and try again.",
  ],
  paused: ["Too many wrong tokens", "Signing in pauses for a while. Who is signed in already stays so."],
  method: ["Not possible", "This address does not take such a request."],
  notFound: ["Not found", "There is nothing at this address."],
  slow: ["It takes too long", "The answer is not there yet. Try again in a moment."],
  failed: ["Something went wrong", "The log of the container says more."],
} as const satisfies Record<string, Message>;

/** Why somebody is asked to sign in. */
export const SIGN_IN = {
  needed: "This page is for the admin of this OpenWISP installation.",
  wrong: "The token of this link is not valid, or not any more.",
  signedOut: "You are signed out.",
} as const;
