// The memory of large tensors on the CPU.
//
// Goal: what one step frees serves the next, and the process holds hardly more than the most that was
// in use at once. A step asks for the same large blocks each time. If each were mapped again, the kernel
// would clear every page of them, a fifth of a step's time. In one heap, blocks that live for a step
// come to lie between blocks that live for a layer, and a third of the heap is holes that keep their
// pages. Addresses are plentiful, pages are not. So one range of addresses is reserved, and a hole in
// it may be filled (its pages are kept) or empty (they went back to the kernel).
//
// What always holds, under the lock:
//   - the extents partition the range; neighbouring holes of one kind are one extent;
//   - used = Σ in-use extents, spare = Σ filled holes, peak = max of used over time;
//   - after every allocation, used + spare ≤ peak + peak / 32. Where spare is 0 this holds because
//     used ≤ peak, so giving pages back ends.
//
// Where a block goes: to the place where the fewest pages are missing, so that the most pages serve
// again. Let filled(p) be the filled bytes in [p, p + size). As p moves to the right within a hole,
// filled(p) changes at the rate [p + size lies in a filled extent] − [p lies in a filled extent]. It can
// only stop growing where p reaches the start of a filled extent, where p + size reaches the end of one,
// or at the hole's own start. So these places are all that have to be looked at.
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "kernels.hpp"

namespace {
constexpr size_t page = 1 << 12;
// Smaller blocks come from the heap: they are many, and small together.
constexpr size_t smallest = 1 << 18;
// Addresses are made usable in portions of this size.
constexpr size_t portion = 1 << 26;
// Filled holes may hold this part of the most in use, which saves most of the system calls.
constexpr size_t spare_divisor = 32;

constexpr size_t rounded(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

class StepMemory final : public c10::Allocator {
 public:
  // Never destroyed: tensors may outlive every other object of the program.
  static StepMemory &shared() {
    static auto *memory = new StepMemory;
    return *memory;
  }

  c10::DataPtr allocate(size_t size) override {
    void *block = nullptr;
    if (size >= smallest) block = large(rounded(size, page));
    if (!block && size > 0) block = small(size);
    TORCH_CHECK(block || size == 0, "not enough memory: you tried to allocate ", size, " bytes");
    return {block, block, &give_back, at::Device(at::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void *to, const void *from, size_t count) const override {
    std::memcpy(to, from, count);
  }

  // What was once in use, while a policy was built, is no measure for a step.
  void forget_peak() {
    std::lock_guard<std::mutex> guard(lock);
    peak = used;
    while (used + spare > peak + peak / spare_divisor) empty_largest_hole();
  }

  ck::Memory report() {
    std::lock_guard<std::mutex> guard(lock);
    return {used, spare, peak};
  }

 private:
  enum Kind { in_use, filled, empty };
  struct Extent {
    size_t size;
    Kind kind;
  };
  using Extents = std::map<size_t, Extent>;  // by their place behind `base`

  std::mutex lock;
  Extents extents;
  // The range; constant once the memory is made, so it is read without the lock.
  char *base = nullptr;
  size_t reserved = 0;
  size_t usable = 0;                     // bytes behind `base` that may be read and written
  size_t used = 0, spare = 0, peak = 0;  // bytes in use, in filled holes, and most ever in use

  // Reserves addresses, and no memory: four times the machine's, or as much as a limit allows.
  StepMemory() {
    size_t size = rounded(4 * size_t(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE), portion);
    for (; size >= portion; size /= 2) {
      void *found = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (found == MAP_FAILED) continue;
      base = static_cast<char *>(found);
      reserved = size;
      extents[0] = {size, empty};
      return;
    }
  }

  static void *small(size_t size) {
    void *block = nullptr;
    return posix_memalign(&block, 64, size) == 0 ? block : nullptr;
  }

  // nullptr when the addresses or the machine's memory are used up.
  void *large(size_t size) {
    std::lock_guard<std::mutex> guard(lock);
    const auto place = best_place(size);
    if (!place || !make_usable(*place + size)) return nullptr;
    split(*place);
    split(*place + size);
    const auto first = extents.find(*place), last = extents.find(*place + size);
    for (auto extent = first; extent != last; ++extent)
      if (extent->second.kind == filled) spare -= extent->second.size;
    extents.erase(std::next(first), last);
    first->second = {size, in_use};
    used += size;
    peak = std::max(peak, used);
    while (used + spare > peak + peak / spare_divisor) empty_largest_hole();
    return base + *place;
  }

  // The place where the fewest pages are missing; of several, the one in the smallest hole.
  std::optional<size_t> best_place(size_t size) const {
    std::optional<size_t> best;
    size_t best_missing = 0, best_room = 0;
    for (auto first = extents.begin(); first != extents.end();) {
      if (first->second.kind == in_use) {
        ++first;
        continue;
      }
      auto last = first;
      while (last != extents.end() && last->second.kind != in_use) ++last;
      const size_t begin = first->first, end = std::prev(last)->first + std::prev(last)->second.size;
      const auto consider = [&](size_t place) {
        const size_t missing = size - filled_bytes(first, last, place, place + size);
        if (best && std::pair(best_missing, best_room) <= std::pair(missing, end - begin)) return;
        best = place, best_missing = missing, best_room = end - begin;
      };
      for (auto extent = first; extent != last && end - begin >= size; ++extent) {
        const size_t start = extent->first, stop = start + extent->second.size;
        if (end - start >= size) consider(start);
        if (extent->second.kind == filled && stop - begin >= size) consider(stop - size);
      }
      first = last;
    }
    return best;
  }

  // How much of [from, to) is filled, by the extents of one hole.
  static size_t filled_bytes(Extents::const_iterator first, Extents::const_iterator last,
                             size_t from, size_t to) {
    size_t sum = 0;
    for (; first != last && first->first < to; ++first) {
      const size_t start = std::max(first->first, from);
      const size_t stop = std::min(first->first + first->second.size, to);
      if (first->second.kind == filled && start < stop) sum += stop - start;
    }
    return sum;
  }

  bool make_usable(size_t end) {
    if (end <= usable) return true;
    const size_t wanted = std::min(rounded(end, portion), reserved);
    if (mprotect(base + usable, wanted - usable, PROT_READ | PROT_WRITE) != 0) return false;
    usable = wanted;
    return true;
  }

  // Makes an extent begin at `place`.
  void split(size_t place) {
    auto after = extents.upper_bound(place);
    auto &[start, extent] = *std::prev(after);
    if (start == place || place >= start + extent.size) return;
    extents.emplace_hint(after, place, Extent{start + extent.size - place, extent.kind});
    extent.size = place - start;
  }

  // Joins a hole with neighbours of its kind.
  void join(Extents::iterator hole) {
    const auto next = std::next(hole);
    if (next != extents.end() && next->second.kind == hole->second.kind) {
      hole->second.size += next->second.size;
      extents.erase(next);
    }
    if (hole == extents.begin()) return;
    const auto previous = std::prev(hole);
    if (previous->second.kind == hole->second.kind) {
      previous->second.size += hole->second.size;
      extents.erase(hole);
    }
  }

  // Gives pages of the largest filled hole back to the kernel, as many as are too many.
  void empty_largest_hole() {
    auto largest = extents.end();
    for (auto extent = extents.begin(); extent != extents.end(); ++extent)
      if (extent->second.kind == filled &&
          (largest == extents.end() || extent->second.size > largest->second.size))
        largest = extent;
    const size_t excess = rounded(used + spare - peak - peak / spare_divisor, page);
    const size_t size = std::min(excess, largest->second.size);
    const size_t place = largest->first + largest->second.size - size;
    split(place);
    madvise(base + place, size, MADV_DONTNEED);
    spare -= size;
    const auto emptied = extents.find(place);
    emptied->second.kind = empty;
    join(emptied);
  }

  static void give_back(void *block) {
    auto &memory = shared();
    if (block < memory.base || block >= memory.base + memory.reserved) return std::free(block);
    std::lock_guard<std::mutex> guard(memory.lock);
    const auto extent = memory.extents.find(static_cast<char *>(block) - memory.base);
    extent->second.kind = filled;
    memory.used -= extent->second.size;
    memory.spare += extent->second.size;
    memory.join(extent);
  }
};
}  // namespace

// A tensor remembers how its memory is given back, so the two may follow each other.
void ck::use_own_memory(bool own) {
  c10::Allocator *memory = own ? &StepMemory::shared() : c10::GetDefaultCPUAllocator();
  c10::SetCPUAllocator(memory, /*priority=*/1);
}

void ck::forget_peak() { StepMemory::shared().forget_peak(); }
ck::Memory ck::memory() { return StepMemory::shared().report(); }
