/// The script of a live page: a server sends the content again and again, and what changed takes its place.
///
/// Elements that stay the same stay in the page, and with them what is the reader's: the place on the
/// page, what is opened, typed, marked or played.
enum LiveScript {
  static let all = changing + connection

  private static let changing = """
    (() => {
      /** What is the reader's, and no content of the page. */
      const own = { DETAILS: ["open"], DIV: ["tabindex", "role", "aria-label"] };

      const changeAttributes = (old, fresh) => {
        for (const { name, value } of fresh.attributes) {
          if (old.getAttribute(name) !== value) old.setAttribute(name, value);
        }
        for (const { name } of [...old.attributes]) {
          const isOwn = own[old.nodeName]?.includes(name) && !fresh.hasAttribute(name);
          if (!fresh.hasAttribute(name) && !isOwn) old.removeAttribute(name);
        }
      };

      const isSame = (old, fresh) => old.nodeName === fresh.nodeName
        && (old.id ?? "") === (fresh.id ?? "");
      const isPlaying = (node) => [...node.querySelectorAll?.("video") ?? []]
        .some((video) => !video.paused && !video.ended);

      const change = (old, fresh) => {
        if (old.isEqualNode(fresh)) return;
        if (old.nodeType !== Node.ELEMENT_NODE) { old.nodeValue = fresh.nodeValue; return; }
        // A video that is watched stays until it is over.
        if (old.id === "latest-video" && isPlaying(old)) return;
        if (old.nodeName === "VIDEO" && old.getAttribute("src") !== fresh.getAttribute("src")) {
          old.replaceWith(fresh);
          return;
        }
        changeAttributes(old, fresh);
        if (old.nodeName !== "VIDEO") changeChildren(old, fresh);
      };

      const changeChildren = (old, fresh) => {
        let next = old.firstChild;
        for (const child of [...fresh.childNodes]) {
          let match = next;
          // Another one of the same kind may follow: sections come and go.
          while (match && !isSame(match, child)) match = match.nextSibling;
          if (!match) { old.insertBefore(child, next); continue; }
          while (next !== match) {
            const gone = next;
            next = next.nextSibling;
            gone.remove();
          }
          next = match.nextSibling;
          change(match, child);
        }
        while (next) { const gone = next; next = next.nextSibling; gone.remove(); }
      };

      report.replace = (content) => {
        const fresh = document.createElement("template");
        fresh.innerHTML = content;
        changeChildren(document.querySelector("main"), fresh.content);
        const name = document.querySelector("h1")?.dataset.title;
        if (name) document.title = name;
        report.refresh();
      };
    })();

    """

  private static let connection = """
    (() => {
      const sign = document.getElementById("connection");
      const seconds = 2;
      const connect = () => {
        const events = new EventSource("events");
        events.onopen = () => { sign.hidden = true; };
        events.onmessage = (event) => {
          sign.hidden = true;
          report.replace(JSON.parse(event.data));
        };
        events.onerror = () => {
          sign.textContent = "Connection lost; trying again";
          sign.hidden = false;
          // A browser tries again by itself unless the server refused.
          if (events.readyState === EventSource.CLOSED) setTimeout(connect, 1000 * seconds);
        };
      };
      connect();
    })();

    """
}
