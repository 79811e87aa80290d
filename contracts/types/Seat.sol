// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice One taken place of a job: `tokenId << 48 | from << 32 | settled`. Zero is no place: deeds count from 1.
type Seat is uint64;

using SeatLib for Seat global;

/// @title SeatLib
/// @notice The fields of a `Seat`, and lists of them in storage, four to a word.
library SeatLib {
    uint256 private constant _PER_WORD = 4;
    uint256 private constant _WIDTH = 64;

    /// @param tokenId_ Node Deed. @param from_ First epoch that is not settled, counted from the job's start.
    /// @param settled_ Service bytes that are settled.
    function encode(uint16 tokenId_, uint16 from_, uint32 settled_) internal pure returns (Seat) {
        return Seat.wrap((uint64(tokenId_) << 48) | (uint64(from_) << 32) | settled_);
    }

    function tokenId(Seat seat) internal pure returns (uint16) {
        return uint16(Seat.unwrap(seat) >> 48);
    }

    function from(Seat seat) internal pure returns (uint16) {
        return uint16(Seat.unwrap(seat) >> 32);
    }

    function settled(Seat seat) internal pure returns (uint32) {
        return uint32(Seat.unwrap(seat));
    }

    /// @notice The first `count` seats of a list, with room for `more`.
    function load(
        mapping(uint256 index => uint256) storage words,
        uint256 count,
        uint256 more
    ) internal view returns (Seat[] memory seats) {
        seats = new Seat[](count + more);
        uint256 word;
        for (uint256 i = 0; i < count; ++i) {
            if (i % _PER_WORD == 0) word = words[i / _PER_WORD];
            seats[i] = Seat.wrap(uint64(word));
            word >>= _WIDTH;
        }
    }

    /// @notice Writes the first `count` of `seats`; what lies behind them in the same word is cleared.
    function store(mapping(uint256 index => uint256) storage words, Seat[] memory seats, uint256 count) internal {
        uint256 word;
        for (uint256 i = 0; i < count; ++i) {
            uint256 place = i % _PER_WORD;
            word |= uint256(Seat.unwrap(seats[i])) << (_WIDTH * place);
            if (place != _PER_WORD - 1 && i != count - 1) continue;
            if (words[i / _PER_WORD] != word) words[i / _PER_WORD] = word;
            word = 0;
        }
    }

    /// @notice Position of a deed among the first `count`; `count` when it is not there.
    function find(Seat[] memory seats, uint256 count, uint16 id) internal pure returns (uint256 position) {
        for (position = 0; position < count; ++position) {
            if (seats[position].tokenId() == id) return position;
        }
    }
}
