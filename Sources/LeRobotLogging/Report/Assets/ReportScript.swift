/// The script of every report: it shows values where a reader points, and filters the configuration.
///
/// The page holds all that it shows. `report.refresh()` follows each change of the page's content.
enum ReportScript {
  static let all = "\"use strict\";\nconst report = {};\n" + MarkScript.all + filter + beginning

  /// Shows the options that a text occurs in.
  private static let filter = """
    (() => {
      let wasOpened = false;
      report.filter = () => {
        const field = document.getElementById("filter");
        if (!field) return;
        field.closest(".filter").hidden = false;
        const text = field.value.trim().toLowerCase();
        const rows = [...document.querySelectorAll(".settings tbody tr")];
        for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(text);
        const found = rows.filter((row) => !row.hidden).length;
        document.getElementById("filtered").textContent = text ? `${found} of ${rows.length}` : "";
        const defaults = document.getElementById("defaults");
        if (!defaults) return;
        if (text && !defaults.open) { wasOpened = true; defaults.open = true; }
        if (!text && wasOpened) { wasOpened = false; defaults.open = false; }
      };
      document.addEventListener("input", (event) => {
        if (event.target.id === "filter") report.filter();
      });
    })();

    """

  /// Times become the reader's own.
  private static let beginning = """
    report.refresh = () => {
      const format = new Intl.DateTimeFormat("sv", { dateStyle: "short", timeStyle: "short" });
      for (const time of document.querySelectorAll("time")) {
        time.title = time.dateTime;
        time.textContent = format.format(new Date(time.dateTime));
      }
      report.refreshMarks();
      report.filter();
    };
    report.refresh();
    window.addEventListener("beforeprint", () => report.mark(null));

    """
}
