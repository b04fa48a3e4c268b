/**
 * The picture in the tab of a browser.
 */

/** The icon, as SVG. */
export const icon: string =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#2a9d8f" stroke-width="2.4" stroke-linecap="round"><circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.4 2"/><circle cx="12" cy="3.5" r="3" fill="#2a9d8f" stroke="none"/></svg>`;
