// What /foyer/site/v1/inside.js offers on pages behind the waiting room. Version 1 is added to, and nothing of it is
// changed or taken away.

interface Foyer {
  /** The version of the script: 1. */
  readonly version: 1;
  /** How many seconds the visit still lasts, by the server's clock; 0 while that is unknown. */
  readonly endsIn: number;
  /** Gives the slot back, for example after a purchase. True, or false to try again. */
  leave(): Promise<boolean>;
  /** Asks for the visit to be renewed now. The script does so by itself while somebody looks at the page. */
  renew(): Promise<void>;
}

/** What the events tell. */
interface FoyerDetail {
  /** Seconds to the end of the visit; 0 when it is over. */
  readonly endsIn: number;
}

interface Window {
  readonly foyer: Foyer;
}

declare const foyer: Foyer;

interface WindowEventMap {
  /** The visit was renewed. */
  'foyer:renewed': CustomEvent<FoyerDetail>;
  /** The visit ends in a minute. */
  'foyer:ending': CustomEvent<FoyerDetail>;
  /** The slot was given back. */
  'foyer:left': CustomEvent<{}>;
  /** The visit is over: the page loads again, which leads to the waiting room, unless preventDefault() is called. */
  'foyer:ended': CustomEvent<FoyerDetail>;
}
