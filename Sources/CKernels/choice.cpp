// Which kernels run, and which did.
#include <atomic>
#include <utility>

#include "kernels.hpp"

using namespace ck;

static std::atomic<Choice> choice = Choice::plain;
static thread_local Rounding how = Rounding::fast;
static thread_local uint64_t counts[static_cast<int>(Kernel::count)];

void ck::choose(Choice wanted) {
  use_own_memory(wanted != Choice::plain);
  choice = wanted;
}
Choice ck::chosen() noexcept { return choice.load(std::memory_order_relaxed); }

Rounding ck::set_rounding(Rounding wanted) noexcept { return std::exchange(how, wanted); }
Rounding ck::rounding() noexcept { return how; }

void ck::count_run(Kernel kernel) noexcept { counts[static_cast<int>(kernel)]++; }
uint64_t ck::runs(Kernel kernel) noexcept { return counts[static_cast<int>(kernel)]; }
