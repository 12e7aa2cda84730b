/// The script that shows the values of plots where a reader points.
enum MarkScript {
  static let all = marks + pointing

  /// A mark at the same step of every plot, with the values there in the legends.
  private static let marks = """
    (() => {
      // The step that is marked; null where none is.
      let marked = null;
      let curves = new Map();

      const number = (text) => Number(text.replaceAll(",", ""));
      const split = (text) => text ? text.split(" ") : [];

      /** The curves of a plot, read once from its legend. */
      report.curves = (plot) => {
        if (!curves.has(plot)) {
          curves.set(plot, [...plot.querySelectorAll(".legend li")].map((item) => ({
            item, value: item.querySelector("b"), lines: item.dataset.lines,
            steps: split(item.dataset.steps).map(Number), values: split(item.dataset.values),
          })));
        }
        return curves.get(plot);
      };

      /** The place of the step that is nearest to another. */
      report.nearest = (steps, step) => {
        let [low, high] = [0, steps.length - 1];
        while (low < high) {
          const middle = (low + high) >> 1;
          if (steps[middle] < step) low = middle + 1; else high = middle;
        }
        return low > 0 && step - steps[low - 1] <= steps[low] - step ? low - 1 : low;
      };

      /** From 0 at the top to 1; null for what has no place. */
      const height = (area, text) => {
        const { low, high, scale } = area.dataset;
        const place = scale === "log"
          ? Math.log(number(text) / low) / Math.log(high / low)
          : (number(text) - low) / (high - low);
        return scale !== "stack" && place >= -0.01 && place <= 1.01 ? 1 - place : null;
      };

      const element = (name, attributes) => {
        const made = document.createElementNS("http://www.w3.org/2000/svg", name);
        for (const key in attributes) made.setAttribute(key, attributes[key]);
        return made;
      };

      const clear = (plot) => {
        plot.querySelector(".mark").replaceChildren();
        for (const text of plot.querySelectorAll("[data-latest]")) {
          text.textContent = text.dataset.latest;
        }
      };

      const show = (plot, wanted) => {
        const area = plot.querySelector(".area");
        const all = report.curves(plot);
        const distance = (curve) =>
          Math.abs(curve.steps[report.nearest(curve.steps, wanted)] - wanted);
        const leading = all.reduce((best, curve) => distance(curve) < distance(best) ? curve : best);
        const step = leading.steps[report.nearest(leading.steps, wanted)];
        const range = area.dataset.last - area.dataset.first;
        const x = 100 * (step - area.dataset.first) / range + "%";
        const mark = [element("line", { x1: x, x2: x, y2: "100%" })];
        for (const curve of all) {
          const index = report.nearest(curve.steps, step);
          // A curve that ends before has no value here.
          const isHere = Math.abs(curve.steps[index] - step) <= range / 40;
          curve.value.textContent = isHere ? curve.values[index] : "–";
          const y = isHere ? height(area, curve.values[index]) : null;
          if (y === null) continue;
          mark.push(element("circle", {
            class: curve.item.className, cx: x, cy: 100 * y + "%", r: 4.5,
          }));
        }
        plot.querySelector(".mark").replaceChildren(...mark);
        const lines = leading.lines ? `, mean of ${leading.lines} log lines` : "";
        plot.querySelector(".at").textContent = "step " + step.toLocaleString("en") + lines;
      };

      /** Marks a step in every plot; null takes the mark away. */
      report.mark = (step) => {
        marked = step;
        for (const plot of document.querySelectorAll(".plot")) {
          if (step === null) clear(plot); else show(plot, step);
        }
      };

      report.marked = () => marked;
      report.refreshMarks = () => {
        curves = new Map();
        for (const area of document.querySelectorAll(".area")) {
          area.tabIndex = 0;
          area.setAttribute("role", "group");
          area.setAttribute("aria-label", area.dataset.name + ": arrow keys show the values");
        }
        if (marked !== null) report.mark(marked);
      };
    })();

    """

  /// A mouse, a finger and the keyboard move the mark.
  private static let pointing = """
    (() => {
      let waiting = null;
      let isPinned = false;

      const stepAt = (area, x) => {
        const box = area.querySelector("svg").getBoundingClientRect();
        const share = Math.min(1, Math.max(0, (x - box.left) / box.width));
        const { first, last } = area.dataset;
        return Number(first) + share * (last - first);
      };

      const point = (event) => {
        const area = event.target.closest?.(".area");
        if (!area) {
          // A mark from a finger or the keyboard stays until the next one.
          const isOver = event.type === "pointerdown" || (event.pointerType === "mouse" && !isPinned);
          if (isOver && report.marked() !== null) { isPinned = false; report.mark(null); }
          return;
        }
        isPinned = event.pointerType !== "mouse";
        const step = stepAt(area, event.clientX);
        if (waiting === null) {
          requestAnimationFrame(() => { report.mark(waiting); waiting = null; });
        }
        waiting = step;
      };
      document.addEventListener("pointermove", point);
      document.addEventListener("pointerdown", point);
      document.documentElement.addEventListener("pointerleave", (event) => {
        if (event.pointerType === "mouse" && !isPinned) report.mark(null);
      });

      const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };
      document.addEventListener("keydown", (event) => {
        const area = event.target.closest?.(".area");
        if (!area) return;
        if (event.key === "Escape") { isPinned = false; report.mark(null); return; }
        const plot = area.closest(".plot");
        const steps = report.curves(plot)
          .reduce((most, curve) => curve.steps.length > most.length ? curve.steps : most, []);
        const last = steps.length - 1;
        let index = report.marked() === null ? last : report.nearest(steps, report.marked());
        if (event.key in moves) {
          if (report.marked() !== null) index += moves[event.key];
        } else if (event.key === "Home") {
          index = 0;
        } else if (event.key === "End") {
          index = last;
        } else {
          return;
        }
        event.preventDefault();
        isPinned = true;
        report.mark(steps[Math.min(last, Math.max(0, index))]);
        const values = report.curves(plot).map(({ item, value }) =>
          item.querySelector(".name").textContent + " " + value.textContent);
        document.getElementById("announcement").textContent =
          plot.querySelector(".at").textContent + ": " + values.join(", ");
      });
    })();

    """
}
