"""What `mutate` breaks of a dataset's statistics and of the scaling by them; in the form of mutations.py."""

from mutations import CORE

DATA = "LeRobotData"
HISTOGRAM, EPISODE = "Statistics/Histogram.swift", "Statistics/EpisodeStatistics.swift"
WHOLE, SCALING = "Statistics/StatisticsAggregation.swift", "Processing/NormalizationKernel.swift"
MUTATIONS = [
    ("stats-quantile", DATA, HISTOGRAM, "binCount: Int { ⟪5000⟫ }", "500"),
    ("stats-quantile", DATA, HISTOGRAM, "(least - ⟪1e-10⟫, most", "0"),
    ("stats-quantile", DATA, HISTOGRAM, "most + ⟪1e-10⟫, count", "0"),
    ("stats-quantile", DATA, HISTOGRAM, "if ⟪edges[middle] <= value⟫ {", "edges[middle] < value"),
    ("stats-quantile", DATA, HISTOGRAM, "⟪below + counts[bin] < target⟫ {", "below + counts[bin] <= target"),
    ("stats-quantile", DATA, HISTOGRAM, "if ⟪bin == 0 || bin == Self.binCount⟫ {", "bin == Self.binCount"),
    ("stats-quantile", DATA, HISTOGRAM, "let within = ⟪(target - below) / counts[bin]⟫", "0.5"),
    ("stats-quantile", DATA, EPISODE, "guard count > ⟪1⟫ else", "0"),
    ("stats-quantile", DATA, WHOLE, "values.map { ⟪$0 * weight⟫ }", "$0"),
    ("stats-mean", DATA, WHOLE, ".map { ⟪$0 / total⟫ }", "$0 / Double(weights.count)"),
    ("stats-mean", DATA, EPISODE, "columnSums(values, width: width).map { ⟪$0 / count⟫ }", "$0 / (count + 1)"),
    ("stats-std", DATA, EPISODE, "max(0, ⟪$0 - $1 * $1⟫)", "$0"),
    ("stats-std", DATA, WHOLE, "values.1 + ⟪(values.0 - mean) * (values.0 - mean)⟫", "0"),
    ("norm-mean-std", CORE, SCALING, "deviation + ⟪epsilon⟫", "0"),
    ("norm-mean-std-inverse", CORE, SCALING, "⟪value * scale + offset⟫", "value * (scale + 1e-3) + offset"),
    ("norm-range", CORE, SCALING, "high - low == 0 ? ⟪epsilon⟫ :", "1"),
    ("norm-range", CORE, SCALING, "⟪2 * (value - offset) / scale - 1⟫", "(value - offset) / scale"),
    ("norm-range-inverse", CORE, SCALING, "⟪(value + 1) / 2 * scale + offset⟫", "(value + 1) * scale + offset"),
    ("norm-quantile-inverse", CORE, SCALING, "⟪(value + 1) * scale / 2 + offset⟫", "(value + 1) * scale + offset"),
]

# In front of those that mutations.py names.
TESTS = {
    DATA: (r"(Statistics|Recording)GoldenTests", r"ComputedStatisticsPropertyTests"),
    CORE: (r"(Statistics|Processor)GoldenTests",),
}
