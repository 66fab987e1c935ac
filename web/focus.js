/**
 * Keeps the keyboard's place. A button that does its work often goes with it: a bot is added, an offer is answered, a
 * message is dismissed. The browser then forgets where the focus was; here it goes to the heading of what is shown, where
 * nothing can be pressed by mistake.
 *
 * @param {() => HTMLElement | null} headingOf
 */
export function keepFocus(headingOf) {
  /** What has the focus, or had it when it went away. @type {Element | null} */
  let held = null;
  document.addEventListener("focusin", ({ target }) => {
    held = target instanceof Element ? target : null;
  });
  document.addEventListener("focusout", ({ target }) => {
    // Whoever leaves something that stays has left it by themselves, unless only the window lost the focus.
    queueMicrotask(() => {
      if (held === target && held && isShown(held) && document.activeElement === document.body) held = null;
    });
  });
  const rescue = () => {
    if (!held || isShown(held)) return;
    held = null;
    if (document.activeElement === document.body || !isShown(document.activeElement)) headingOf()?.focus({ preventScroll: true });
  };
  new MutationObserver(rescue).observe(document.body, { subtree: true, childList: true, attributeFilter: ["hidden", "open", "data-state"] });
}

/** @param {Element | null} target */
function isShown(target) {
  return target !== null && target.isConnected && target.checkVisibility();
}
