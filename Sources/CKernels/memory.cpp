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
//   - blocks and holes partition the range; neighbouring holes of one kind are one;
//   - used = Σ blocks, spare = Σ filled holes, peak = max of used since it was forgotten;
//   - after every allocation, used + spare ≤ peak + peak / 32. Where spare is 0 this holds because
//     used ≤ peak, so giving pages back ends.
//
// Blocks are thousands, holes few: only the holes are looked through.
//
// Where a block goes: to the place where the fewest pages are missing, so that the most pages serve
// again. Let filled(p) be the filled bytes in [p, p + size). As p moves to the right within a hole,
// filled(p) changes at the rate [p + size lies in a filled hole] − [p lies in a filled hole]. It can
// only stop growing where p reaches the start of a filled hole, where p + size reaches the end of one,
// or at the first hole's start. So these places are all that have to be looked at.
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>

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
  enum Kind { filled, empty };
  struct Hole {
    size_t size;
    Kind kind;
  };
  using Holes = std::map<size_t, Hole>;  // by their place behind `base`

  std::mutex lock;
  Holes holes;
  std::unordered_map<size_t, size_t> blocks;  // the sizes of blocks in use, by their place
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
      holes[0] = {size, empty};
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
    const auto first = holes.lower_bound(*place), last = holes.lower_bound(*place + size);
    for (auto hole = first; hole != last; ++hole)
      if (hole->second.kind == filled) spare -= hole->second.size;
    holes.erase(first, last);
    blocks[*place] = size;
    used += size;
    peak = std::max(peak, used);
    while (used + spare > peak + peak / spare_divisor) empty_largest_hole();
    return base + *place;
  }

  // The place where the fewest pages are missing; of several, the one in the smallest hole.
  std::optional<size_t> best_place(size_t size) const {
    std::optional<size_t> best;
    size_t best_missing = 0, best_room = 0;
    for (auto first = holes.begin(); first != holes.end();) {
      // Holes that follow each other without a block between them.
      auto last = std::next(first);
      size_t end = first->first + first->second.size;
      for (; last != holes.end() && last->first == end; ++last) end += last->second.size;
      const size_t begin = first->first;
      const auto consider = [&](size_t place) {
        const size_t missing = size - filled_bytes(first, last, place, place + size);
        if (best && std::pair(best_missing, best_room) <= std::pair(missing, end - begin)) return;
        best = place, best_missing = missing, best_room = end - begin;
      };
      for (auto hole = first; hole != last && end - begin >= size; ++hole) {
        const size_t start = hole->first, stop = start + hole->second.size;
        if (end - start >= size) consider(start);
        if (hole->second.kind == filled && stop - begin >= size) consider(stop - size);
      }
      first = last;
    }
    return best;
  }

  // How much of [from, to) is filled, by holes that follow each other.
  static size_t filled_bytes(Holes::const_iterator first, Holes::const_iterator last,
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

  // Has a hole begin at `place`, if it lies in one.
  void split(size_t place) {
    const auto after = holes.upper_bound(place);
    if (after == holes.begin()) return;
    auto &[start, hole] = *std::prev(after);
    if (start == place || place >= start + hole.size) return;
    holes.emplace_hint(after, place, Hole{start + hole.size - place, hole.kind});
    hole.size = place - start;
  }

  // Joins a hole with neighbours of its kind.
  void join(Holes::iterator hole) {
    const auto follows = [](const Holes::value_type &a, const Holes::value_type &b) {
      return a.first + a.second.size == b.first && a.second.kind == b.second.kind;
    };
    const auto next = std::next(hole);
    if (next != holes.end() && follows(*hole, *next)) {
      hole->second.size += next->second.size;
      holes.erase(next);
    }
    if (hole == holes.begin()) return;
    const auto previous = std::prev(hole);
    if (follows(*previous, *hole)) {
      previous->second.size += hole->second.size;
      holes.erase(hole);
    }
  }

  // Gives pages of the largest filled hole back to the kernel, as many as are too many.
  void empty_largest_hole() {
    auto largest = holes.end();
    for (auto hole = holes.begin(); hole != holes.end(); ++hole)
      if (hole->second.kind == filled &&
          (largest == holes.end() || hole->second.size > largest->second.size))
        largest = hole;
    const size_t excess = rounded(used + spare - peak - peak / spare_divisor, page);
    const size_t size = std::min(excess, largest->second.size);
    const size_t place = largest->first + largest->second.size - size;
    split(place);
    madvise(base + place, size, MADV_DONTNEED);
    spare -= size;
    const auto emptied = holes.find(place);
    emptied->second.kind = empty;
    join(emptied);
  }

  static void give_back(void *block) {
    auto &memory = shared();
    if (block < memory.base || block >= memory.base + memory.reserved) return std::free(block);
    std::lock_guard<std::mutex> guard(memory.lock);
    const auto found = memory.blocks.find(static_cast<char *>(block) - memory.base);
    const auto [place, size] = *found;
    memory.blocks.erase(found);
    memory.used -= size;
    memory.spare += size;
    memory.join(memory.holes.emplace(place, Hole{size, filled}).first);
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
