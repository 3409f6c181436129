// Lets one allocation of this thread fail.
#pragma once

namespace saltus::test {

// While it lives, the allocation after the next `passing` ones throws std::bad_alloc, once.
class FailingAllocation {
  public:
    explicit FailingAllocation(int passing);
    FailingAllocation(const FailingAllocation&) = delete;
    FailingAllocation& operator=(const FailingAllocation&) = delete;
    ~FailingAllocation();

    // Whether it has.
    [[nodiscard]] static bool happened();
};

}  // namespace saltus::test
